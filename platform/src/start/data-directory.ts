/** The directory in which `npm start` stores data. A directory that no start has made may belong to the user. */
import { mkdir, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson } from '../read-json.ts';
import { Refusal } from '../terminal.ts';

const MARKER = 'made-by-npm-start.json';
/** The lock of this process, and the marker file. */
const KEPT = /^(lock(\..*)?|made-by-npm-start\.json)$/;

/** Makes the directory, and writes the marker file if it is empty. Call this function before all other writes into it. */
export async function claimDataDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true }).catch((error: Error) => {
    throw new Refusal(`The directory of DATA_DIRECTORY cannot be made: ${error.message}`);
  });
  if ((await readdir(directory)).length > 0) return;
  await writeFile(join(directory, MARKER), `${JSON.stringify({ path: await realpath(directory) })}\n`);
}

/** Deletes the content, for `--reset`. @throws Refusal, without deleting a file, when no start has made the directory */
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
