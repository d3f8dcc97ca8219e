import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';

const sources = new URL('../src/', import.meta.url);
const known = new Set<string>(Object.values(conventions).filter((value) => typeof value === 'string'));
/** Our names, which the semantic conventions do not list. */
const own = new Set(['mainstay.event.type', 'mainstay.request.aborted', 'http.response.header.x-request-id']);

describe('names of attributes', () => {
  it('are names of the semantic conventions', () => {
    const names = readdirSync(sources).flatMap((file) =>
      [...readFileSync(new URL(file, sources), 'utf8').matchAll(/'([a-z]+(?:[._-][a-z]+)+)'/g)].map(
        ([, name]) => name!,
      ),
    );
    const attributes = names.filter((name) =>
      /^(http|url|server|network|user_agent|db|messaging|error|user|service|mainstay)\./.test(name),
    );
    expect(attributes.length).toBeGreaterThan(20);
    expect([...new Set(attributes)].filter((name) => !known.has(name) && !own.has(name))).toEqual([]);
  });
});
