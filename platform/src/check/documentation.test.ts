import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { anchorsOf, documentationBreaches } from './documentation.ts';

const root = mkdtempSync(join(tmpdir(), 'mainstay-pages-'));
afterAll(() => rmSync(root, { recursive: true }));
writeFileSync(join(root, 'package.json'), JSON.stringify({ scripts: { dev: '' } }));
mkdirSync(join(root, 'docs'));
writeFileSync(join(root, 'docs/page.md'), '# A page: with `code`\n');

function breachesOf(text: string): string[] {
  writeFileSync(join(root, 'README.md'), text);
  return documentationBreaches(root, ['README.md']);
}

describe('the check of the documentation', () => {
  it('accepts links, headings, commands and paths that exist', () => {
    expect(
      breachesOf('[a](docs/page.md#a-page-with-code), `npm run dev`, `docs/page.md`, <https://example.com>'),
    ).toEqual([]);
  });

  it.each([
    ['[a](docs/other.md)', 'README.md:1: the link leads to docs/other.md, which does not exist'],
    ['[a](docs/page.md#other)', 'README.md:1: docs/page.md has no heading #other'],
    ['\n`npm run other`', 'README.md:2: package.json has no command for npm run other'],
    ['```sh\nnode docs/other.ts\n```', 'README.md:2: there is no docs/other.ts'],
  ])('refuses %j', (text, breach) => expect(breachesOf(text)).toEqual([breach]));

  it('accepts links into proofs/ when a fork has deleted that folder', () => {
    expect(breachesOf('[a](proofs/README.md#figures)')).toEqual([]);
  });
});

describe('anchors', () => {
  it('are the anchors that GitHub generates', () => {
    expect([...anchorsOf('# One: `two` & three\n## Same\n## Same\n```\n# no heading\n```')]).toEqual([
      'one-two--three',
      'same',
      'same-1',
    ]);
  });
});
