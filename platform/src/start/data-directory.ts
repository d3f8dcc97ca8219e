/**
 * The directory in which `npm start` stores data. `--reset` deletes its content only if a start has made the directory,
 * because any other directory may belong to the user.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson } from '../read-json.ts';
import { Refusal } from '../terminal.ts';

const MARKER = 'made-by-npm-start.json';
/** Files that `--reset` keeps: the lock of this process, and the marker file. */
const KEPT = /^(lock(\..*)?|made-by-npm-start\.json)$/;

/**
 * Makes the directory, and writes the marker file if the directory is empty. Call this function before all other writes
 * into the directory: a directory that has content may belong to the user, and gets no marker file.
 */
export async function claimDataDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) return;
  await writeFile(join(directory, MARKER), `${JSON.stringify({ path: await realpath(directory) })}\n`);
}

/**
 * Deletes all files whose names do not match KEPT.
 * @throws Refusal when no start has made the directory. No file is deleted.
 */
export async function wipeDataDirectory(directory: string): Promise<void> {
  const entries = existsSync(directory) ? (await readdir(directory)).filter((name) => !KEPT.test(name)) : [];
  if (entries.length === 0) return;
  const mark = await readJson<{ path?: string }>(join(directory, MARKER));
  if (mark?.path !== (await realpath(directory))) {
    throw new Refusal(
      `--reset removes only a directory that npm start has made, and ${directory} has no marker file for its path. Check the directory, and remove it yourself.`,
    );
  }
  const { wipeStores } = await import('../stores/open-stores.ts');
  await wipeStores(directory);
  for (const name of await readdir(directory)) {
    if (!KEPT.test(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}
