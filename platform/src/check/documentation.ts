/** Checks that the links, headings, npm commands and paths in the documentation exist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Matches a path that starts at the root of the repository. */
const NAMED_PATH =
  /(?<=[`\s])(?:docs|services|packages|platform|proofs|e2e|docker|k8s|monitoring|scripts)\/[\w./@-]+\w(?=[`\s),]|:(?!\d))/g;
const COMMAND = /\bnpm run ([\w:-]+)/g;
const LINK = /\]\((?![a-z]+:)([^)\s]+)\)/g;
/** These files describe the past and may name deleted commands and paths, so the check tests only their links. */
const HISTORY = /^(?:CHANGELOG\.md|proofs\/README\.md|docs\/decisions\/.*)$/;
const WRITTEN_BY_A_BUILD = /(?:^|\/)(?:dist|node_modules)(?:\/|$)/;

export function documentationBreaches(root: string, pages: string[]): string[] {
  const manifests = [
    'package.json',
    'services/web/package.json', // fork:remove web
  ];
  const commands = new Set(manifests.flatMap((file) => scriptsOf(join(root, file))));
  const isDeleted = (path: string) => /^proofs(\/|$)/.test(path) && !existsSync(join(root, 'proofs')); // a fork may delete proofs/
  const exists = (path: string) => isDeleted(path) || existsSync(join(root, path));

  function problemOfLink(page: string, link: string): string | undefined {
    const [target = '', anchor] = link.split('#');
    const path = target === '' ? page : join(dirname(page), target);
    if (!exists(path)) return `the link leads to ${path}, which does not exist`;
    if (anchor === undefined || !path.endsWith('.md') || isDeleted(path)) return undefined;
    return anchorsOf(readFileSync(join(root, path), 'utf8')).has(anchor)
      ? undefined
      : `${path} has no heading #${anchor}`;
  }

  function problemOfPath(page: string, path: string): string | undefined {
    const places = [path, join(dirname(page), path)];
    // The documentation may name a test without `.test.ts`, because jest accepts such a path.
    const isFound = places.some((place) => exists(place) || exists(`${place}.test.ts`));
    return isFound || WRITTEN_BY_A_BUILD.test(path) ? undefined : `there is no ${path}`;
  }

  return pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const check = (pattern: RegExp, problemOf: (name: string) => string | undefined) =>
      [...text.matchAll(pattern)].flatMap(({ index, 0: whole, 1: name = whole }) => {
        const problem = problemOf(name);
        return problem === undefined ? [] : [`${page}:${text.slice(0, index).split('\n').length}: ${problem}`];
      });
    const links = check(LINK, (link) => problemOfLink(page, link));
    if (HISTORY.test(page)) return links;
    return [
      ...links,
      ...check(COMMAND, (name) => (commands.has(name) ? undefined : `package.json has no command for npm run ${name}`)),
      ...check(NAMED_PATH, (path) => problemOfPath(page, path)),
    ];
  });
}

/** Returns the anchors that GitHub generates for the headings of a Markdown file. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const withoutCode = text.replace(/^ *```[^]*?^ *```/gm, '');
  for (const [, heading = ''] of withoutCode.matchAll(/^#{1,6} (.*)$/gm)) {
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

function scriptsOf(manifest: string): string[] {
  if (!existsSync(manifest)) return [];
  return Object.keys((JSON.parse(readFileSync(manifest, 'utf8')) as { scripts?: object }).scripts ?? {});
}
