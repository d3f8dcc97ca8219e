import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createPlatformDocument } from '../src/openapi/document.js';
import { templateOf } from '../src/openapi/template-of.js';
import { paths as gatewayPaths } from '../src/openapi/paths.js';
import { routeTable, type Route } from '../src/routes.js';

interface Operation {
  tags: string[];
  security?: unknown[];
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}

const committed = JSON.parse(readFileSync(new URL('../openapi/openapi.json', import.meta.url), 'utf8')) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};

const operationsOf = (table: readonly Route[]) =>
  table.flatMap(({ path, methods }) => methods.map((method) => `${method} ${templateOf(path)}`)).sort();

describe('the committed OpenAPI document', () => {
  it('describes exactly the rows of the route table', () => {
    const described = Object.entries(committed.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(operationsOf(routeTable));
  });

  it('declares the operations that need a session, and problem+json for every error', () => {
    for (const { path, methods, access } of routeTable) {
      for (const method of methods) {
        const operation = committed.paths[templateOf(path)]?.[method.toLowerCase()];
        expect(operation?.security).toEqual(access === 'public' ? [] : undefined);
        for (const [status, reply] of Object.entries(operation?.responses ?? {})) {
          if (Number(status) >= 400) expect(Object.keys(reply.content ?? {})).toEqual(['application/problem+json']);
        }
        const expected = ['429', '500', '503', '504', ...(access === 'session' ? ['401'] : [])];
        expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(expected));
      }
    }
  });

  it('contains all referenced schemas, and no unused schema', () => {
    const references = [...JSON.stringify(committed).matchAll(/#\/components\/schemas\/([^"]+)/g)].map(
      ([, name]) => name,
    );
    expect([...new Set(references)].sort()).toEqual(Object.keys(committed.components.schemas).sort());
  });
});

describe('createPlatformDocument', () => {
  const ended = routeTable.filter(({ upstream }) => upstream === 'gateway');

  it('fails for a public path without a description', () => {
    const make = () => createPlatformDocument({ gateway: gatewayPaths, accounts: {}, activity: {} }, routeTable);
    expect(make).toThrow('GET /v1/users/me is in the route table, but accounts does not describe it.');
  });

  it('fails for a described path that is not public', () => {
    const accounts = { '/internal/users': { post: { responses: { 201: { description: 'Made.' } } } } };
    const make = () => createPlatformDocument({ gateway: gatewayPaths, accounts, activity: {} }, ended);
    expect(make).toThrow('accounts describes POST /internal/users, which is not in the route table.');
  });
});
