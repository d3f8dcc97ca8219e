/** Checks everything that the documentation names: relative links, headings, npm commands and paths. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Folders whose paths start at the root on every page. */
const NAMED_PATH = /^(?:docs|services|packages|platform|proofs|e2e|docker|k8s|monitoring|scripts)\/[\w./@-]+\w$/;
/** These describe the past: only their links are checked. */
const HISTORY = /^(?:CHANGELOG\.md|proofs\/README\.md|docs\/decisions\/.*)$/;
/** A fork may delete this folder. */
const OPTIONAL = 'proofs';
const WRITTEN_BY_A_BUILD = /(?:^|\/)(?:dist|node_modules)(?:\/|$)/;

/** Breaches of all pages, with their places. */
export function documentationBreaches(root: string, pages: string[]): string[] {
  const commands = Object.fromEntries(
    [
      'package.json',
      'services/web/package.json', // feature: web
    ].map((file) => [file, scriptsOf(join(root, file))]),
  );
  const known = new Set(Object.values(commands).flat());
  return pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const breach = (index: number, sentence: string) =>
      `${page}:${text.slice(0, index).split('\n').length}: ${sentence}`;
    return [
      ...links(text).flatMap(({ index, target }) => {
        const problem = problemOfLink(root, page, target);
        return problem === undefined ? [] : [breach(index, problem)];
      }),
      ...namedIn(page, text, /\bnpm run ([\w:-]+)/g)
        .filter(([, name = '']) => !known.has(name))
        .map(({ index, 0: command }) => breach(index, `package.json has no command for ${command}`)),
      ...namedIn(page, text, /(?<=[`\s])[\w./@-]+(?=[`\s),]|:(?!\d))/g)
        .filter(({ 0: path }) => NAMED_PATH.test(path) && !WRITTEN_BY_A_BUILD.test(path))
        .filter(({ 0: path }) => !exists(root, page, path))
        .map(({ index, 0: path }) => breach(index, `there is no ${path}`)),
    ];
  });
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#{1,6} (.*)$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function links(text: string): { index: number; target: string }[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(({ index, 1: target = '' }) => ({ index, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

function problemOfLink(root: string, page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (isDeleted(root, file)) return undefined;
  if (!existsSync(join(root, file))) return `the link leads to ${file}, which does not exist`;
  if (anchor === undefined || !file.endsWith('.md')) return undefined;
  return anchorsOf(readFileSync(join(root, file), 'utf8')).has(anchor)
    ? undefined
    : `${file} has no heading #${anchor}`;
}

function namedIn(page: string, text: string, pattern: RegExp): RegExpExecArray[] {
  return HISTORY.test(page) ? [] : [...text.matchAll(pattern)];
}

function isDeleted(root: string, path: string): boolean {
  return `${path}/`.startsWith(`${OPTIONAL}/`) && !existsSync(join(root, OPTIONAL));
}

/** A test may be named without its ending, as jest allows. */
function exists(root: string, page: string, path: string): boolean {
  if (isDeleted(root, path)) return true;
  return [root, join(root, dirname(page))].some((folder) =>
    ['', '.test.ts'].some((ending) => existsSync(join(folder, `${path}${ending}`))),
  );
}

/** Blocks of code keep their lines, so that line numbers stay right. */
function withoutCode(text: string): string {
  return text.replace(/^ *```[^]*?^ *```/gm, (block) => block.replace(/[^\n]/g, ' '));
}

function scriptsOf(manifest: string): string[] {
  if (!existsSync(manifest)) return [];
  return Object.keys((JSON.parse(readFileSync(manifest, 'utf8')) as { scripts?: object }).scripts ?? {});
}
