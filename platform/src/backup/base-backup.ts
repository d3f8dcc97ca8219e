/**
 * A folder of backups: `base-<time>/`, each a whole cluster, and `wal/`, everything written since the first of them.
 */
import { chown, copyFile, lstat, mkdir, readFile, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../terminal.ts';

/** Every server makes these again: not copied. From PostgreSQL's "Making a Base Backup Using the Low Level API". */
const EMPTY = [
  'pg_wal',
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
];
const LEFT_OUT = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'pg_internal.init',
  'recovery.signal',
  'standby.signal',
]);

/** A user of the system. */
export interface Owner {
  uid: number;
  gid: number;
}

/** The content of `aboutFile`. */
export interface About {
  finishedAt: string;
  systemIdentifier: string;
  postgres: string;
}

/** A base backup in a folder of backups. */
export interface BaseBackup extends About {
  directory: string;
}

export const walDirectory = (to: string) => join(to, 'wal');

/** The file beside a base backup's data that describes it; written last. */
export const aboutFile = 'mainstay-backup.json';

/**
 * Copies a cluster that may be running. Files that vanish meanwhile do not belong to the backup, and WAL repairs
 * partial copies.
 */
export async function copyCluster(from: string, to: string, owner?: Owner): Promise<void> {
  await copyDirectory(from, to, owner);
  for (const name of EMPTY) await makeDirectory(join(to, name), owner);
  await makeDirectory(join(to, 'pg_wal', 'archive_status'), owner);
}

async function copyDirectory(from: string, to: string, owner?: Owner): Promise<void> {
  await makeDirectory(to, owner);
  for (const name of await readdir(from)) {
    if (LEFT_OUT.has(name) || EMPTY.includes(name) || name.startsWith('pgsql_tmp')) continue;
    const [source, target] = [join(from, name), join(to, name)];
    try {
      if ((await lstat(source)).isDirectory()) await copyDirectory(source, target, owner);
      else await copyOne(source, target, owner);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

export async function copyOne(source: string, target: string, owner?: Owner): Promise<void> {
  await copyFile(source, target);
  if (owner) await chown(target, owner.uid, owner.gid);
}

export async function makeDirectory(place: string, owner?: Owner): Promise<void> {
  await mkdir(place, { recursive: true, mode: 0o700 });
  if (owner) await chown(place, owner.uid, owner.gid);
}

/**
 * The newest base backup that was finished by `at`.
 * @throws Refusal if there is none
 */
export async function findBaseBackup(from: string, at: Date | undefined): Promise<BaseBackup> {
  if (!existsSync(from)) throw new Refusal(`There is no ${from}.`);
  const backups: BaseBackup[] = [];
  for (const name of await readdir(from)) {
    const text = await readFile(join(from, name, aboutFile), 'utf8').catch(() => undefined);
    if (text !== undefined) backups.push({ ...(JSON.parse(text) as About), directory: join(from, name) });
  }
  const usable = backups.filter(({ finishedAt }) => !at || new Date(finishedAt) <= at);
  const newest = usable.sort((a, b) => a.finishedAt.localeCompare(b.finishedAt)).at(-1);
  if (newest) return newest;
  const oldest = backups.map(({ finishedAt }) => finishedAt).sort()[0];
  throw new Refusal(
    oldest
      ? `The oldest backup in ${from} is of ${oldest}: nothing earlier can be restored.`
      : `There is no backup in ${from}.`,
  );
}

/**
 * The name that a cluster got when it was made, and that all its backups share: the first eight bytes of its control
 * file.
 */
export async function systemIdentifierOf(data: string): Promise<string | undefined> {
  const control = await readFile(join(data, 'global', 'pg_control')).catch(() => undefined);
  return control?.readBigUInt64LE(0).toString();
}

/** A word of a shell command that PostgreSQL runs: it replaces %p and %f itself. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll('%', '%%')}'`;
}
