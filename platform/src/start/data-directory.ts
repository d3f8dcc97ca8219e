/** Claims and wipes the data directory of `npm start`. A directory without the marker file is not wiped. */
import { mkdir, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson } from '../read-json.ts';
import { Refusal } from '../terminal.ts';

const MARKER = 'made-by-npm-start.json';
/** `--reset` keeps the lock and the marker file. */
const KEPT = /^(lock(\..*)?|made-by-npm-start\.json)$/;

/** Adds the marker file only to an empty directory. Call this function before you write a file to the directory. */
export async function claimDataDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true }).catch((error: Error) => {
    throw new Refusal(`The directory of DATA_DIRECTORY cannot be made: ${error.message}`);
  });
  if ((await readdir(directory)).length > 0) return;
  await writeFile(join(directory, MARKER), `${JSON.stringify({ path: await realpath(directory) })}\n`);
}

/** Deletes the content for `--reset`. @throws Refusal, before a deletion, if `npm start` did not make the directory */
export async function wipeDataDirectory(directory: string): Promise<void> {
  const entries = (await readdir(directory)).filter((name) => !KEPT.test(name));
  if (entries.length === 0) return;
  const mark = await readJson<{ path?: string }>(join(directory, MARKER));
  if (mark?.path !== (await realpath(directory))) {
    throw new Refusal(
      `--reset removes only a directory that npm start has made, and ${directory} has no marker file for its path. Check the directory, and remove it yourself.`,
    );
  }
  const { wipePostgres } = await import('../stores/postgres.ts');
  await wipePostgres(directory);
  for (const name of entries) await rm(join(directory, name), { recursive: true, force: true });
}
