import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCodes, type ErrorCode } from '@mainstay/errors';

/** A route, read from the source of a service. */
export interface DeclaredRoute {
  /** For example `GET /v1/accounts/{accountId}`. */
  operation: string;
  /** The error codes that the source of the route declares. */
  codes: Set<ErrorCode>;
}

const services = fileURLToPath(new URL('../services/', import.meta.url));

/**
 * Reads the routes of all services whose paths begin with /v1. A handler declares an error code by
 * `new AppError('code', …)`. A directly imported function declares its codes in its comment:
 * `@throws AppError code · code`.
 */
export function declaredRoutes(): DeclaredRoute[] {
  return globSync('*/src/**/*-routes.ts', { cwd: services })
    .map((name) => path.join(services, name))
    .flatMap(routesOf);
}

function routesOf(file: string): DeclaredRoute[] {
  const source = readFileSync(file, 'utf8');
  const declared = new Map(importsOf(file, source).flatMap(declarationsOf));
  const starts = [...source.matchAll(/^ {2,4}routes\.(get|post|put|delete)\('(\/v1[^']*)'/gm)];
  return starts.map((start, index) => {
    const [, verb = '', route = ''] = start;
    const text = source.slice(start.index, starts[index + 1]?.index ?? source.length);
    const codes = new Set([...text.matchAll(/new AppError\(\s*'(\w+)'/g)].flatMap(([, code = '']) => codesIn(code)));
    for (const [, name = ''] of text.matchAll(/(?<!routes\.)\b(\w+)\(/g)) {
      for (const code of declared.get(name) ?? []) codes.add(code);
    }
    return { operation: `${verb.toUpperCase()} ${route.replace(/:(\w+)/g, '{$1}')}`, codes };
  });
}

function importsOf(file: string, source: string): string[] {
  const names = [...source.matchAll(/from '(\.[^']+)\.js'/g)].map(([, name = '']) => `${name}.ts`);
  return names.map((name) => path.resolve(path.dirname(file), name));
}

/** Returns the functions and methods whose comment declares errors. */
function declarationsOf(file: string): [name: string, codes: ErrorCode[]][] {
  const form =
    /\/\*\*((?:(?!\*\/)[^])*@throws AppError(?:(?!\*\/)[^])*)\*\/\s*(?:export )?(?:async )?(?:function )?(\w+)\(/g;
  return [...readFileSync(file, 'utf8').matchAll(form)].map(([, comment = '', name = '']) => [name, codesIn(comment)]);
}

function codesIn(text: string): ErrorCode[] {
  const words: string[] = text.match(/\w+/g) ?? [];
  return words.filter((word): word is ErrorCode => word in errorCodes);
}
