import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Refusal } from '../terminal.ts';
import { features, permanent } from './features.ts';
import { pruneDocument, type Gone } from './prune-document.ts';
import { trackedFiles } from './rename.ts';

/** These describe the past. */
const HISTORY = /^(?:CHANGELOG\.md|proofs\/README\.md|docs\/decisions\/.*)$/;

export interface Removal {
  deleted: string[];
  changes: { path: string; text: string }[];
}

interface Manifest {
  name?: string;
  workspaces?: string[];
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/**
 * What taking features out would delete and change. Writes nothing.
 * @throws Refusal for a feature that cannot be taken out, with the reason
 */
export async function planRemoval(root: string, names: string[]): Promise<Removal> {
  const paths = names.flatMap((name) => featureOf(name).paths);
  const isRemoved = (path: string) => paths.some((gone) => path === gone || path.startsWith(`${gone}/`));
  const tracked = await trackedFiles(root);
  const deleted = tracked.filter(isRemoved);
  const left = tracked.filter((path) => !isRemoved(path));
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const isGoneCommand = ([, command]: [string, string]) => command.split(' ').some((word) => isRemoved(fileOf(word)));
  const commands = new Map(Object.entries(manifest.scripts ?? {}).filter(isGoneCommand));
  const packages = await Promise.all(
    deleted
      .filter((path) => path.endsWith('package.json'))
      .map(async (path) => (JSON.parse(await readFile(join(root, path), 'utf8')) as Manifest).name ?? ''),
  );
  const gone: Gone = {
    path: (path) => isRemoved(path.replace(/\/$/, '')) && !left.includes(path),
    command: (name) => commands.has(name),
  };
  const changes: Removal['changes'] = [];
  for (const path of left) {
    const bytes = await readFile(join(root, path));
    if (bytes.includes(0) || path === 'package-lock.json') continue;
    const before = bytes.toString('utf8');
    let text = names.reduce((rest, name) => withoutBlocks(rest, name), before);
    if (path.endsWith('package.json')) text = pruneManifest(text, { isRemoved, isGoneCommand, packages });
    if (path === 'knip.json') text = pruneKnip(text, isRemoved);
    if (path.endsWith('.md')) text = pruneDocument(path, text, gone, { isHistory: HISTORY.test(path) });
    if (path.startsWith('.github/')) text = withoutLines(text, (line) => namesRemoved(line, isRemoved, commands));
    if (text !== before) changes.push({ path, text });
  }
  return { deleted, changes };
}

/** Writes what the plan says. */
export async function applyRemoval(root: string, { deleted, changes }: Removal): Promise<void> {
  for (const path of deleted) await rm(join(root, path));
  const left = await trackedFiles(root);
  // A build may have left its own files in a folder. Git does not know them, and they go as well.
  for (const folder of new Set(deleted.map((path) => dirname(path)))) {
    if (folder === '.' || left.some((path) => path.startsWith(`${folder}/`))) continue;
    await rm(join(root, folder), { recursive: true, force: true });
  }
  for (const { path, text } of changes) await writeFile(join(root, path), text);
}

function featureOf(name: string) {
  const feature = features[name];
  if (feature) return feature;
  const reason = permanent[name];
  const known = Object.entries(features).map(([each, { what }]) => `${each}: ${what}`);
  throw new Refusal(
    reason
      ? `${name} stays: ${reason}.`
      : `${name} is not a feature that can be taken out. These are:\n${known.join('\n')}`,
  );
}

function fileOf(word: string): string {
  return /^[\w-]+$/.test(word) ? `platform/src/commands/${word}.ts` : word;
}

/** The text without the lines from a comment `feature: <name>` to a comment `end feature: <name>`. @throws Error if the end is missing */
export function withoutBlocks(text: string, name: string): string {
  const comment = String.raw`(?:\/\/|#|--|<!--|\*)`;
  const block = new RegExp(
    `^[ \\t]*${comment} *feature: ${name}\\b[^]*?\\n[^\\n]*${comment} *end feature: ${name}\\b[^\\n]*\\n`,
    'gm',
  );
  const rest = text.replace(block, '');
  if (new RegExp(`${comment} *feature: ${name}\\b`).test(rest)) throw new Error(`"feature: ${name}" has no end`);
  return rest;
}

function withoutLines(text: string, isGone: (line: string) => boolean): string {
  return text
    .split('\n')
    .filter((line) => !isGone(line))
    .join('\n');
}

/** A step of a workflow, or a line of CODEOWNERS. */
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
    packages,
  }: {
    isRemoved: (path: string) => boolean;
    isGoneCommand: (entry: [string, string]) => boolean;
    packages: string[];
  },
): string {
  const manifest = JSON.parse(text) as Manifest;
  const kept = (dependencies: Record<string, string>) =>
    Object.fromEntries(Object.entries(dependencies).filter(([name]) => !packages.includes(name)));
  if (manifest.workspaces) {
    manifest.workspaces = manifest.workspaces.filter((workspace) => !isRemoved(workspace));
    manifest.scripts = Object.fromEntries(
      Object.entries(manifest.scripts ?? {}).filter((entry) => !isGoneCommand(entry)),
    );
  }
  if (manifest.dependencies) manifest.dependencies = kept(manifest.dependencies);
  if (manifest.devDependencies) manifest.devDependencies = kept(manifest.devDependencies);
  const pruned = `${JSON.stringify(manifest, null, 2)}\n`;
  return pruned === `${JSON.stringify(JSON.parse(text), null, 2)}\n` ? text : pruned;
}

function pruneKnip(text: string, isRemoved: (path: string) => boolean): string {
  const knip = JSON.parse(text) as { workspaces: Record<string, { entry?: string[] }> };
  for (const [workspace, settings] of Object.entries(knip.workspaces)) {
    if (isRemoved(workspace)) delete knip.workspaces[workspace];
    const path = (entry: string) => (workspace === '.' ? entry : `${workspace}/${entry}`);
    if (settings.entry) settings.entry = settings.entry.filter((entry) => !isRemoved(path(entry)));
  }
  return `${JSON.stringify(knip, null, 2)}\n`;
}
