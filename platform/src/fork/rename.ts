import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Refusal } from '../terminal.ts';
import { findNames, replaceNames } from './find-names.ts';
import { spellingsOf, type Product, type Spellings } from './spellings.ts';

const run = promisify(execFile);
/** A rename does not change the licence, the change log, or a line that says where the fork comes from. */
const KEPT_FILES = ['LICENSE', 'CHANGELOG.md'];
const KEPT_LINE = /\bCREDIT\b|\bForked from\b/;
const PLACES_SHOWN = 20;

/** The changes that a rename makes. */
export interface RenamePlan {
  changes: { path: string; newPath: string; text: string }[];
  /** The number of occurrences of each form. A *form* is a use of the name, such as `image` or `setting`. */
  counts: Map<string, number>;
  /** Pictures and other binary files, which the rename does not change. */
  binaries: string[];
}

/**
 * Finds every occurrence of the old name in the tracked files, and returns the changes. Writes nothing.
 * @throws Refusal if the old name occurs in an unknown form, or if the new spelling of a word or path already exists
 */
export async function planRename(root: string, from: Product, to: Product): Promise<RenamePlan> {
  const plan: RenamePlan = { changes: [], counts: new Map(), binaries: [] };
  const [old, wanted] = [spellingsOf(from), spellingsOf(to)];
  const unknown: string[] = [];
  const words = new Set<string>();
  const renamedWords = new Map<string, string>();
  const paths = await trackedFiles(root);
  const readNames = (place: string, text: string) => {
    const found = findNames(text, old, wanted).filter(({ index }) => !KEPT_LINE.test(lineAt(text, index)));
    for (const { index, form } of found) {
      if (form) plan.counts.set(form, (plan.counts.get(form) ?? 0) + 1);
      else unknown.push(`${place}:${text.slice(0, index).split('\n').length}: ${lineAt(text, index).trim()}`);
    }
    collectWords(text, words, renamedWords, (word) => replaceNames(word, findNames(word, old, wanted)));
    return replaceNames(text, found);
  };
  for (const path of paths) {
    if (KEPT_FILES.includes(path)) continue;
    const bytes = await readFile(join(root, path));
    if (bytes.includes(0)) {
      plan.binaries.push(path);
      continue;
    }
    const newPath = readNames(path, path);
    const before = bytes.toString('utf8');
    const text = readNames(path, before);
    if (newPath !== path || text !== before) plan.changes.push({ path, newPath, text });
  }
  refuseUnknown(unknown, from);
  refuseCollisions(words, renamedWords, wanted);
  refuseTakenPaths(paths, plan.changes);
  return plan;
}

export async function applyRename(root: string, { changes }: RenamePlan): Promise<void> {
  for (const { path, newPath, text } of changes) {
    if (newPath !== path) {
      await mkdir(dirname(join(root, newPath)), { recursive: true });
      await rename(join(root, path), join(root, newPath));
    }
    await writeFile(join(root, newPath), newPath === 'package-lock.json' ? sortedLock(text) : text);
  }
}

/** @throws Refusal if the working tree has uncommitted changes or untracked files */
export async function refuseDirtyTree(root: string): Promise<void> {
  const { stdout } = await run('git', ['status', '--porcelain'], { cwd: root });
  if (stdout === '') return;
  throw new Refusal(
    `The working tree has uncommitted changes:\n${stdout}Commit or stash them first. Then git shows the changes of the command, and "git checkout . && git clean -fd" reverts them.`,
  );
}

/** Returns every tracked file. With `others`, the result also contains untracked files that Git does not ignore. */
export async function trackedFiles(root: string, { others = false } = {}): Promise<string[]> {
  const which = others ? ['--cached', '--others', '--exclude-standard'] : [];
  const { stdout } = await run('git', ['ls-files', '-z', ...which], { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  return stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

/** Adds all words of a text to `words`. For each word with the old name, adds the renamed word to `renamedWords`. */
function collectWords(
  text: string,
  words: Set<string>,
  renamedWords: Map<string, string>,
  renamed: (word: string) => string,
): void {
  for (const [word] of text.matchAll(/[\w@:.-]+/g)) {
    if (words.has(word)) continue;
    words.add(word);
    const after = renamed(word);
    if (after !== word) renamedWords.set(word, after);
  }
}

function refuseUnknown(places: string[], { name }: Product): void {
  if (places.length === 0) return;
  const shown = places.slice(0, PLACES_SHOWN).map((place) => place.slice(0, 200));
  throw new Refusal(
    `Nothing was written. ${places.length} ${places.length === 1 ? 'place has' : 'places have'} the name ${name} in a form that platform/src/fork/forms.ts does not contain:\n${shown.join('\n')}\nAdd the form there, or change these places.`,
  );
}

function refuseCollisions(words: Set<string>, renamedWords: Map<string, string>, { name, upper }: Spellings): void {
  // A renamed word must not exist already. But a new name such as `shop` can exist in prose, which does not matter. So
  // check only words with a separator, for example `shop-web`.
  const taken = [...renamedWords].filter(([, after]) => words.has(after) && /[a-z0-9][^a-z0-9]+[a-z0-9]/i.test(after));
  const lines = taken.map(([before, after]) => `${before} would become ${after}, which exists already`);
  const prefixed = [...words].find((word) => word === `@${name}` || word.startsWith(`${upper}_`));
  if (prefixed) lines.push(`${prefixed} would look like a name of the product`);
  if (lines.length > 0) throw new Refusal(`Nothing was written. ${lines.join('\n')}\nChoose another name.`);
}

function refuseTakenPaths(paths: string[], changes: RenamePlan['changes']): void {
  const taken = changes.filter(({ path, newPath }) => newPath !== path && paths.includes(newPath));
  if (taken.length === 0) return;
  const lines = taken.map(({ path, newPath }) => `${path} would become ${newPath}, which exists already`);
  throw new Refusal(`Nothing was written. ${lines.join('\n')}\nChoose another name.`);
}

function lineAt(text: string, index: number): string {
  const end = text.indexOf('\n', index);
  return text.slice(text.lastIndexOf('\n', index - 1) + 1, end === -1 ? undefined : end);
}

/**
 * Sorts the packages in package-lock.json in the order that npm writes. In a different order, the next installation
 * would change the file.
 */
function sortedLock(text: string): string {
  const lock = JSON.parse(text) as { packages: Record<string, unknown> };
  const packages = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`;
}
