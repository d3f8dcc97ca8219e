/**
 * Makes folders with a marker file, and removes them later. Never removes a folder without this marker file, a folder
 * of another running process, or a data directory of PostgreSQL itself.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { identityOf, type ProcessRecord } from './processes/processes.ts';
import { readJson } from './read-json.ts';

const MARKER = 'made-by.json';

interface Marker extends ProcessRecord {
  path: string;
}

/** Makes a folder whose path begins with `prefix`. PostgreSQL can run as another user, so every user can enter the folder. */
export async function makeOwnFolder(prefix: string, command: string): Promise<string> {
  const path = await realpath(await mkdtemp(prefix));
  const marker: Marker = { path, pid: process.pid, identity: (await identityOf(process.pid)) ?? '', command };
  await writeFile(join(path, MARKER), `${JSON.stringify(marker)}\n`, { flag: 'wx' });
  await chmod(path, 0o711);
  return path;
}

/** Removes a folder that makeOwnFolder made. @throws Error if another program made the folder, or if another process still uses the folder */
export async function removeOwnFolder(path: string): Promise<void> {
  if (!(await isRemovable(path)))
    throw new Error(`${path} is not removed: Mainstay cannot prove that it made this folder and no longer uses it.`);
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
}

/** Returns the folders with this prefix whose processes ended without removing them. */
export async function abandonedFolders(prefix: string): Promise<string[]> {
  const parent = await realpath(dirname(prefix));
  const start = join(parent, prefix.slice(dirname(prefix).length));
  const folders = (await readdir(parent)).map((name) => join(parent, name)).filter((path) => path.startsWith(start));
  const removable = await Promise.all(folders.map(isRemovable));
  const markers = await Promise.all(folders.map(markerOf));
  return folders.filter((_, index) => removable[index] && markers[index]?.pid !== process.pid);
}

async function isRemovable(path: string): Promise<boolean> {
  const marker = await markerOf(path);
  if (marker?.path !== path || existsSync(join(path, 'PG_VERSION'))) return false;
  return marker.pid === process.pid || (await identityOf(marker.pid)) !== marker.identity;
}

function markerOf(path: string): Promise<Marker | undefined> {
  return readJson<Marker>(join(path, MARKER));
}
