import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Refusal } from '../terminal.ts';
import { features, permanent } from './features.ts';
import { pruneDocument, type Gone } from './prune-document.ts';
import { trackedFiles } from './rename.ts';

/** These documents describe the past, so the names of removed files stay in the text. */
export const HISTORY = /^(?:CHANGELOG\.md|proofs\/README\.md|docs\/decisions\/.*)$/;

export interface Removal {
  deleted: string[];
  changes: { path: string; text: string }[];
}

interface Manifest {
  name?: string;
  workspaces?: string[];
  scripts?: Record<string, string>;
  overrides?: Record<string, unknown>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/**
 * Returns the files that a removal of features would delete and change. Writes nothing.
 * @throws Refusal, with the reason, for a feature that cannot be removed
 */
export async function planRemoval(root: string, names: string[]): Promise<Removal> {
  const chosen = names.map(featureOf);
  const paths = chosen.flatMap((feature) => feature.paths);
  const isRemoved = (path: string) => paths.some((gone) => path === gone || path.startsWith(`${gone}/`));
  const tracked = await trackedFiles(root);
  const deleted = tracked.filter(isRemoved);
  const left = tracked.filter((path) => !isRemoved(path));
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const isGoneCommand = ([, command]: [string, string]) => command.split(' ').some((word) => isRemoved(fileOf(word)));
  const commands = new Map(Object.entries(manifest.scripts ?? {}).filter(isGoneCommand));
  const gone: Gone = {
    path: (path) => isRemoved(path.replace(/\/$/, '')) && !left.includes(path),
    command: (name) => commands.has(name),
    words: chosen.flatMap(({ words }) => words ?? []),
  };
  const changes: Removal['changes'] = [];
  const kept: Source[] = [];
  const cut: Source[] = await readSources(root, deleted);
  for (const { path, text: before } of await readSources(root, left)) {
    let text = names.reduce((rest, name) => withoutBlocks(rest, name), before);
    if (path.endsWith('.md')) text = pruneDocument(path, text, gone, { isHistory: HISTORY.test(path) });
    if (path.endsWith('ignore')) text = withoutLines(text, isRemoved);
    if (path.startsWith('.github/')) text = withoutLines(text, (line) => namesRemoved(line, isRemoved, commands));
    kept.push({ path, text });
    if (text === before) continue;
    changes.push({ path, text });
    cut.push({ path, text: before });
  }
  const unusedBy = unusedPackages({ kept, cut });
  const everUnused = [...unusedBy.values()].flat();
  for (const { path, text } of kept) {
    const unused = unusedBy.get(path) ?? everUnused;
    let pruned = text;
    if (isManifest(path)) pruned = pruneManifest(text, { isRemoved, isGoneCommand, unused, everUnused });
    if (path === 'knip.json') pruned = pruneKnip(text, isRemoved, everUnused);
    if (pruned !== text) changes.push({ path, text: pruned });
  }
  return { deleted, changes };
}

interface Source {
  path: string;
  text: string;
}

const isManifest = (path: string) => path.endsWith('package.json');

/** Reads the files at these paths, except binary files and package-lock.json. */
async function readSources(root: string, paths: string[]): Promise<Source[]> {
  const files = await Promise.all(paths.map(async (path) => ({ path, bytes: await readFile(join(root, path)) })));
  return files
    .filter(({ path, bytes }) => path !== 'package-lock.json' && !bytes.includes(0))
    .map(({ path, bytes }) => ({ path, text: bytes.toString('utf8') }));
}

/**
 * Maps the path of each package.json to the unused dependencies in that file. In a remaining package.json, a dependency
 * is unused if removed code imports the dependency and remaining code does not. In a removed package.json, a dependency
 * is unused if no remaining package.json lists the dependency.
 */
function unusedPackages({ kept, cut }: Record<'kept' | 'cut', Source[]>): Map<string, string[]> {
  const parsed = (sources: Source[]) =>
    sources
      .filter(({ path }) => isManifest(path))
      .map(({ path, text }) => {
        const { name = '', dependencies, devDependencies } = JSON.parse(text) as Manifest;
        return { path, name, dependencies: Object.keys({ ...dependencies, ...devDependencies }) };
      });
  const [manifests, gone] = [parsed(kept), parsed(cut)];
  const isCode = ({ path }: Source) => !isManifest(path) && !/^knip\.json$|\.md$/.test(path);
  const names = (sources: Source[], name: string) =>
    sources.some(({ text }) => new RegExp(String.raw`['"/]${name}(?:['"/]|$)`, 'm').test(text));
  const unused = manifests.map(({ path, dependencies }) => {
    const inside = (one: Source) => isCode(one) && one.path.startsWith(path.slice(0, -'package.json'.length));
    const [before, after] = [cut.filter(inside), kept.filter(inside)];
    const isUnused = (name: string) =>
      gone.some((manifest) => manifest.name === name) || (names(before, name) && !names(after, name));
    return [path, dependencies.filter((dependency) => isUnused(dependency.replace(/^@types\//, '')))] as const;
  });
  const listed = manifests.flatMap(({ dependencies }) => dependencies);
  const lost = gone.map(
    ({ path, dependencies }) => [path, dependencies.filter((name) => !listed.includes(name))] as const,
  );
  return new Map([...unused, ...lost]);
}

/** Deletes and writes the planned files. */
export async function applyRemoval(root: string, { deleted, changes }: Removal): Promise<void> {
  for (const path of deleted) await rm(join(root, path));
  const left = await trackedFiles(root);
  // If a folder now contains only untracked files, for example the output of a build, delete the whole folder.
  for (const folder of new Set(deleted.flatMap(foldersOf))) {
    if (left.some((path) => path.startsWith(`${folder}/`))) continue;
    await rm(join(root, folder), { recursive: true, force: true });
  }
  for (const { path, text } of changes) await writeFile(join(root, path), text);
}

function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

function featureOf(name: string) {
  const feature = features[name];
  if (feature) return feature;
  const reason = permanent[name];
  const known = Object.entries(features).map(([each, { what }]) => `${each}: ${what}`);
  throw new Refusal(
    reason
      ? `${name} stays: ${reason}.`
      : `${name} is not a feature that can be removed. These are:\n${known.join('\n')}`,
  );
}

function fileOf(word: string): string {
  return /^[\w-]+$/.test(word) ? `platform/src/commands/${word}.ts` : word;
}

/**
 * Removes the lines from a comment `fork:remove <name>` to a comment `end of fork:remove <name>`. Also removes each
 * line of code that ends with a comment `fork:remove <name>`.
 * @throws Error if the comment `end of fork:remove <name>` is missing
 */
export function withoutBlocks(text: string, name: string): string {
  const mark = new RegExp(String.raw`^(.*?)(?:\/\/|#|--|<!--|\{?\/\*|\*) *(end of )?fork:remove ${name}(?![\w-])`);
  let isInside = false;
  const rest = withoutLines(text, (line) => {
    const [found, code = '', end] = mark.exec(line) ?? [];
    if (found === undefined) return isInside;
    if (code.trim() === '') isInside = end === undefined;
    return true;
  });
  if (isInside)
    throw new Error(`"fork:remove ${name}" has no end: the comment "end of fork:remove ${name}" is missing`);
  return rest;
}

function withoutLines(text: string, isGone: (line: string) => boolean): string {
  return text
    .split('\n')
    .filter((line) => !isGone(line))
    .join('\n');
}

/** Whether a line of CODEOWNERS, or a step of a workflow, names a removed path or command. */
function namesRemoved(line: string, isRemoved: (path: string) => boolean, commands: Map<string, string>): boolean {
  const [, owned] = /^\/(\S+?)\/? +@/.exec(line) ?? [];
  if (owned) return isRemoved(owned);
  const [, step] = /^ *- run: (.*)/.exec(line) ?? [];
  if (!step) return false;
  const [, command = ''] = /npm run ([\w:-]+)/.exec(step) ?? [];
  return commands.has(command) || step.split(' ').some((word) => isRemoved(word));
}

function pruneManifest(
  text: string,
  {
    isRemoved,
    isGoneCommand,
    unused,
    everUnused,
  }: {
    isRemoved: (path: string) => boolean;
    isGoneCommand: (entry: [string, string]) => boolean;
    unused: string[];
    everUnused: string[];
  },
): string {
  const manifest = JSON.parse(text) as Manifest;
  const without = <Value>(names: string[], entries: Record<string, Value>) =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => !names.includes(name)));
  if (manifest.workspaces) {
    manifest.workspaces = manifest.workspaces.filter((workspace) => !isRemoved(workspace));
    manifest.scripts = Object.fromEntries(
      Object.entries(manifest.scripts ?? {}).filter((entry) => !isGoneCommand(entry)),
    );
  }
  if (manifest.dependencies) manifest.dependencies = without(unused, manifest.dependencies);
  if (manifest.devDependencies) manifest.devDependencies = without(unused, manifest.devDependencies);
  if (manifest.overrides) manifest.overrides = without(everUnused, manifest.overrides);
  const pruned = `${JSON.stringify(manifest, null, 2)}\n`;
  return pruned === `${JSON.stringify(JSON.parse(text), null, 2)}\n` ? text : pruned;
}

function pruneKnip(text: string, isRemoved: (path: string) => boolean, unused: string[]): string {
  const knip = JSON.parse(text) as { workspaces: Record<string, { entry?: string[]; ignoreDependencies?: string[] }> };
  for (const [workspace, settings] of Object.entries(knip.workspaces)) {
    if (isRemoved(workspace)) delete knip.workspaces[workspace];
    const path = (entry: string) => (workspace === '.' ? entry : `${workspace}/${entry}`);
    if (settings.entry) settings.entry = settings.entry.filter((entry) => !isRemoved(path(entry)));
    if (settings.ignoreDependencies)
      settings.ignoreDependencies = settings.ignoreDependencies.filter((name) => !unused.includes(name));
  }
  return `${JSON.stringify(knip, null, 2)}\n`;
}
