import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnv, promisify } from 'node:util';
import pg from 'pg';
import { Refusal } from '../terminal.ts';
import { aboutFile, copyCluster, copyOne, makeDirectory, quoted, walDirectory, type About } from './base-backup.ts';

const run = promisify(execFile);
/** The most that is lost with the disk: a partial segment is archived after this time. */
const ARCHIVE_TIMEOUT = '60s';
const ARCHIVED_WITHIN_MS = 60_000;
export const passwordsFile = 'postgres-passwords.json';

/**
 * A base backup of the running embedded PostgreSQL, by the low-level API (its binaries have no pg_basebackup), and
 * from now on an archive of its WAL beside it. The server keeps working.
 * @returns the folder of the backup
 * @throws Refusal when the server does not run, or cannot write to the folder
 */
export async function backUpEmbedded({
  dataDirectory,
  to: folder,
}: {
  dataDirectory: string;
  to: string;
}): Promise<string> {
  const to = resolve(folder);
  const client = await connectAsAdmin(dataDirectory);
  try {
    const data = await textOf(client, `SELECT current_setting('data_directory')`);
    const { uid, gid } = await stat(data);
    await mkdir(to, { recursive: true });
    if (process.getuid?.() === 0) await chmod(to, 0o711); // the server's own user passes through to the archive
    await makeDirectory(walDirectory(to), process.getuid?.() === 0 ? { uid, gid } : undefined);
    await archiveTo(client, walDirectory(to));
    return await copyBase(client, data, { to, dataDirectory });
  } finally {
    await client.end();
  }
}

async function connectAsAdmin(dataDirectory: string): Promise<pg.Client> {
  try {
    const { DATABASE_URL } = parseEnv(await readFile(join(dataDirectory, 'stores.env'), 'utf8'));
    const text = await readFile(join(dataDirectory, passwordsFile), 'utf8');
    const passwords = JSON.parse(text) as { postgres: string };
    const url = new URL(DATABASE_URL ?? '');
    Object.assign(url, { username: 'postgres', password: passwords.postgres, pathname: '/postgres' });
    const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 5_000 });
    await client.connect();
    return client;
  } catch (cause) {
    throw new Refusal(
      `The embedded PostgreSQL of ${dataDirectory} does not run: a backup is taken while npm start or npm run stores does.`,
      { cause },
    );
  }
}

export async function archiveTo(client: pg.Client, archive: string): Promise<void> {
  const target = `${quoted(archive)}/%f`;
  // A crash may archive a segment twice: it is accepted if the copy is the same. A partial copy never has the final
  // name.
  const command = `if test -f ${target}; then cmp -s %p ${target}; else cp %p ${target}.part && sync ${target}.part && mv ${target}.part ${target}; fi`;
  await client.query(`ALTER SYSTEM SET archive_command = ${client.escapeLiteral(command)}`);
  await client.query(`ALTER SYSTEM SET archive_timeout = '${ARCHIVE_TIMEOUT}'`);
  await client.query('SELECT pg_reload_conf()');
  while ((await valueOf(client, 'SHOW archive_command')) !== command) await delay(20);
  const failedBefore = await valueOf(client, 'SELECT failed_count FROM pg_stat_archiver');
  const segment = await textOf(client, 'SELECT pg_walfile_name(pg_switch_wal())');
  const giveUpAt = performance.now() + ARCHIVED_WITHIN_MS;
  while (
    (await valueOf(client, `SELECT coalesce(last_archived_wal >= '${segment}', false) FROM pg_stat_archiver`)) !== true
  ) {
    const failed = (await valueOf(client, 'SELECT failed_count FROM pg_stat_archiver')) !== failedBefore;
    if (!failed && performance.now() < giveUpAt) await delay(50);
    else
      throw new Refusal(
        `PostgreSQL could not archive to ${archive}: its user must be able to reach and write to it. See postgres.log.`,
      );
  }
}

async function copyBase(
  client: pg.Client,
  data: string,
  { to, dataDirectory }: { to: string; dataDirectory: string },
): Promise<string> {
  const name = `base-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  const unfinished = join(to, `${name}.unfinished`);
  await mkdir(unfinished, { mode: 0o700 }); // fails if it exists: only a folder of this run is removed
  try {
    await client.query(`SELECT pg_backup_start('mainstay', fast => true)`);
    await copyCluster(data, unfinished);
    const { rows } = await client.query<{ labelfile: string; spcmapfile: string }>(
      'SELECT labelfile, spcmapfile FROM pg_backup_stop(wait_for_archive => true)',
    );
    await writeFile(join(unfinished, 'backup_label'), rows[0]?.labelfile ?? '');
    if (rows[0]?.spcmapfile)
      throw new Refusal('The cluster has tablespaces, which this backup does not know. Use pg_basebackup.');
    await copyOne(join(dataDirectory, passwordsFile), join(unfinished, passwordsFile)); // the administrator's password, which the cluster contains
    const about: About = {
      finishedAt: new Date().toISOString(),
      systemIdentifier: await textOf(client, 'SELECT system_identifier::text FROM pg_control_system()'),
      postgres: await textOf(client, 'SHOW server_version'),
    };
    await writeFile(join(unfinished, aboutFile), `${JSON.stringify(about, null, 2)}\n`);
    await run('sync', ['-f', unfinished]).catch(() => undefined);
    await rename(unfinished, join(to, name));
    return join(to, name);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** The first value of the first row. */
async function valueOf(client: pg.Client, query: string): Promise<unknown> {
  const { rows } = await client.query<unknown[]>({ text: query, rowMode: 'array' });
  return rows[0]?.[0];
}

async function textOf(client: pg.Client, query: string): Promise<string> {
  return String(await valueOf(client, query));
}
