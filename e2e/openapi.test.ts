import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { errorCodes } from '@mainstay/errors';
import { declaredRoutes } from './declared-errors.js';

interface Operation {
  operationId: string;
  tags: string[];
  responses: Record<string, { description: string }>;
}

const committed = JSON.parse(
  readFileSync(new URL('../services/gateway/openapi/openapi.json', import.meta.url), 'utf8'),
) as { tags: { name: string; description: string }[]; paths: Record<string, Record<string, Operation>> };
const operations = new Map<string, Operation>(
  Object.entries(committed.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([verb, operation]) => [`${verb.toUpperCase()} ${path}`, operation] as const),
  ),
);

describe('the OpenAPI document', () => {
  const declared = declaredRoutes().filter(({ operation }) => operations.has(operation));

  it('has a route in the sources for each operation', () => {
    expect(new Set(declared.map(({ operation }) => operation))).toEqual(new Set(operations.keys()));
    const transfer = declared.find(({ operation }) => operation === 'POST /v1/transfers');
    expect([...(transfer?.codes ?? [])]).toEqual(expect.arrayContaining(['not_found', 'insufficient_funds']));
  });

  it.each(declared)('lists every refusal that $operation declares', ({ operation, codes }) => {
    for (const code of codes) {
      const reply = operations.get(operation)?.responses[errorCodes[code].status];
      expect([code, reply?.description]).toEqual([code, expect.stringContaining(`\`${code}\``)]);
    }
  });

  it('has a unique name for each operation, and describes each tag', () => {
    const names = [...operations.values()].map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    const tags = new Set([...operations.values()].flatMap((operation) => operation.tags));
    expect(new Set(committed.tags.map(({ name }) => name))).toEqual(tags);
  });
});
