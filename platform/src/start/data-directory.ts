/** The directory in which `npm start` keeps data. `--reset` wipes it only if a start has made it: another directory is a person's. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../terminal.ts';

const MARKER = 'made-by-npm-start.json';
/** A start writes these before it claims the directory. */
const EARLIER = /^(lock(\..*)?|.*\.pid|logs)$/;

/** Makes the directory, and marks it if it is new or empty. */
export async function claimDataDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const entries = (await readdir(directory)).filter((name) => !EARLIER.test(name));
  if (entries.length > 0) return;
  await writeFile(join(directory, MARKER), `${JSON.stringify({ path: await realpath(directory) })}\n`);
}

/**
 * Removes the stores' data and everything else in the directory, but not the lock that this process holds.
 * @throws Refusal when no start has made the directory; then nothing is removed
 */
export async function wipeDataDirectory(directory: string): Promise<void> {
  const entries = existsSync(directory) ? (await readdir(directory)).filter((name) => !EARLIER.test(name)) : [];
  if (entries.length === 0) return;
  const marker = await readFile(join(directory, MARKER), 'utf8').catch(() => '{}');
  if ((JSON.parse(marker) as { path?: string }).path !== (await realpath(directory))) {
    throw new Refusal(
      `--reset removes only a directory that npm start has made, and ${directory} has no mark of that. Look at it, and remove it yourself.`,
    );
  }
  const { wipeStores } = await import('../stores/open-stores.ts');
  await wipeStores(directory);
  for (const name of await readdir(directory)) {
    if (name !== 'lock') await rm(join(directory, name), { recursive: true, force: true });
  }
}
