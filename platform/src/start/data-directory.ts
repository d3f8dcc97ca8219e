/**
 * The directory in which `npm start` keeps data. `--reset` wipes it only if a start has made it, because another
 * directory may be the user's.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../terminal.ts';

const MARKER = 'made-by-npm-start.json';
/** What `--reset` leaves: the lock of this process, and the mark. */
const KEPT = /^(lock(\..*)?|made-by-npm-start\.json)$/;

/**
 * Makes the directory, and marks it if it is new or empty. Comes before all other writes into it, because existing
 * content may be the user's.
 */
export async function claimDataDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) return;
  await writeFile(join(directory, MARKER), `${JSON.stringify({ path: await realpath(directory) })}\n`);
}

/**
 * Removes the stores' data and everything else in the directory, but not the lock that this process holds and the mark.
 * @throws Refusal when no start has made the directory; then nothing is removed
 */
export async function wipeDataDirectory(directory: string): Promise<void> {
  const entries = existsSync(directory) ? (await readdir(directory)).filter((name) => !KEPT.test(name)) : [];
  if (entries.length === 0) return;
  if ((await markedPath(directory)) !== (await realpath(directory))) {
    throw new Refusal(
      `--reset removes only a directory that npm start has made, and ${directory} is not marked as such. Check it, and remove it yourself.`,
    );
  }
  const { wipeStores } = await import('../stores/open-stores.ts');
  await wipeStores(directory);
  for (const name of await readdir(directory)) {
    if (!KEPT.test(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

async function markedPath(directory: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(join(directory, MARKER), 'utf8')) as { path?: string }).path;
  } catch {
    return undefined; // no mark, or a partial one
  }
}
