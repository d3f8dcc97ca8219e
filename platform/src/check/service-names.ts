/**
 * Checks that a service's name occurs only in services.ts, the service's folder, generated files, tests and prose. A
 * decision record lists the exceptions.
 */
import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { serviceNames } from '../services.ts';

/** This decision record lists the files that may name a service, in a table with rows | `pattern` | reason |. */
export const RECORD = 'docs/decisions/0029-one-list-of-services.md';
const CODE = /\.(tsx?|[mc]?js|json|ya?ml|hcl|sh|env|conf|cfg|sql|service)$|Dockerfile$/;
/** The check ignores tests, proofs, generated files, and the web interface, which uses the names as ordinary words. */
const FREE =
  /^(services\/web|e2e|proofs)\/|\.test\.ts$|\/test\/|^platform\/src\/services\.ts$|^package-lock\.json$|^docker\/grafana\/dashboards\/|\/openapi\.json$/;
const SECTION = /# generated: [^]*?# end of the generated lines\n/g;
const PROSE = /\/\*[^]*?\*\/|(?<=^|\s)(\/\/|#|--) .*$|"description": .*$|description: .*$|\.describe\([^)]*\)/gm;
const PATH_OF_API = /\/v1\/[\w/:.{}$-]+/g;

export interface Text {
  file: string;
  text: string;
}

/** Returns each file that contains a name and is not an exception in the decision record, with the first such line. */
export function unlistedNames(root: string, texts: Text[], names: readonly string[]) {
  const record = readFileSync(join(root, RECORD), 'utf8');
  const exceptions = [...record.matchAll(/^\| `([^`]+)` /gm)].map(([, pattern = '']) => pattern);
  return texts.flatMap(({ file, text }) => {
    if (exceptions.some((pattern) => matchesGlob(file, pattern))) return [];
    const line = lineWithName(file, text, names);
    return line === undefined ? [] : [{ file, line }];
  });
}

/** Returns the first line with a forbidden name of a service. Returns undefined if no line has a forbidden name. */
export function lineWithName(file: string, text: string, names: readonly string[] = serviceNames): string | undefined {
  if (!CODE.test(file) || FREE.test(file) || /^.{0,4}Generated from/.test(text)) return undefined;
  const others = names.filter((name) => !file.startsWith(`services/${name}/`)).join('|');
  // In TypeScript, a name before a hyphen is not an occurrence, as in the import of `./accounts-client.ts`.
  const end = file.endsWith('.ts') ? '(?![\\w-])' : '\\b';
  const named = new RegExp(`\\b(${others}|(${others.toUpperCase()})_[A-Z_]+)${end}`);
  const code = text.replaceAll(SECTION, '').replaceAll(PROSE, '').replaceAll(PATH_OF_API, '');
  return code
    .split('\n')
    .find((line) => named.test(line))
    ?.trim();
}
