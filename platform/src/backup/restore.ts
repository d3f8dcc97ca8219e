import { chown, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { abandonedFolders, makeOwnFolder, removeOwnFolder } from '../own-folder.ts';
import { commandOf, stopRecorded } from '../processes/processes.ts';
import { freePort } from '../processes/ports.ts';
import { supervise } from '../processes/supervised-process.ts';
import { findPostgresBinaries, type PostgresBinaries } from '../stores/postgres-binaries.ts';
import { postgresDataDirectory } from '../stores/postgres.ts';
import { progress, Refusal } from '../terminal.ts';
import { archiveTo, passwordsFile } from './back-up.ts';
import {
  aboutFile,
  copyCluster,
  copyOne,
  findBaseBackup,
  quoted,
  systemIdentifierOf,
  walDirectory,
  type Owner,
} from './base-backup.ts';

/** Reading an archive of weeks takes long. */
const RECOVERY_MAX_MS = 6 * 3_600_000;
const recoveryRecord = (dataDirectory: string) => join(dataDirectory, 'postgres-recovery.pid');

/** The result of a restore. */
export interface Restored {
  data: string;
  /** Where the former data is kept. */
  former: string | undefined;
  base: string;
}

/**
 * Restores the embedded PostgreSQL to `at`, or as late as backup, archive and its own WAL allow. The former data is
 * kept beside it. The server must be stopped, and the caller must hold the lock of the data directory. The server
 * comes back on a new timeline, which is a new lineage to the relay: all events are sent again.
 *
 * The cluster recovers in a separate folder and replaces the former data when it is complete. Until then the former
 * data stays in place, whatever happens.
 * @throws Refusal when the server runs, or there is no fitting backup · StartError when the point cannot be reached
 */
export async function restoreEmbedded({
  dataDirectory,
  from: folder,
  at,
}: {
  dataDirectory: string;
  from: string;
  at?: Date | undefined;
}): Promise<Restored> {
  const from = resolve(folder);
  const base = await findBaseBackup(from, at);
  const binaries = await findPostgresBinaries();
  const data = await postgresDataDirectory(dataDirectory);
  await refuseRunning(data);
  await stopRecorded(recoveryRecord(dataDirectory)); // the server of a killed restore
  for (const abandoned of await abandonedFolders(`${data}.restore-`)) await removeOwnFolder(abandoned);
  const place = await makeOwnFolder(`${data}.restore-`, 'npm run restore');
  try {
    const cluster = join(place, 'cluster');
    await copyCluster(base.directory, cluster, binaries.user);
    await rm(join(cluster, aboutFile), { force: true });
    await rename(join(cluster, passwordsFile), join(place, passwordsFile));
    if ((await systemIdentifierOf(data)) === base.systemIdentifier) await takeOverWal(data, cluster, binaries.user);
    await recover({ place, cluster, dataDirectory, binaries, archive: walDirectory(from), at });
    return { data, former: await putInPlace(place, data, dataDirectory), base: base.directory };
  } finally {
    await removeOwnFolder(place);
  }
}

/** @returns where the former data is now */
async function putInPlace(place: string, data: string, dataDirectory: string): Promise<string | undefined> {
  const passwords = await readFile(join(place, passwordsFile), 'utf8');
  await writeFile(join(dataDirectory, `${passwordsFile}.new`), passwords, { mode: 0o600 });
  const former = existsSync(data) ? `${data}.before-restore-${Date.now()}` : undefined;
  if (former) await rename(data, former);
  await rename(join(place, 'cluster'), data);
  await rename(join(dataDirectory, `${passwordsFile}.new`), join(dataDirectory, passwordsFile));
  return former;
}

async function refuseRunning(data: string): Promise<void> {
  const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
  if (pid && (await commandOf(pid))?.includes('postgres')) {
    throw new Refusal(`PostgreSQL runs on these data (pid ${pid}). Stop the platform first.`);
  }
}

/** WAL that the server had written but not archived yet. */
async function takeOverWal(former: string, data: string, owner: Owner | undefined): Promise<void> {
  for (const name of await readdir(join(former, 'pg_wal'))) {
    if (/^[0-9A-F]{24}$/.test(name)) await copyOne(join(former, 'pg_wal', name), join(data, 'pg_wal', name), owner);
  }
}

/** Starts the server without a port, lets it recover and promote itself, and stops it. */
async function recover({
  place,
  cluster,
  dataDirectory,
  archive,
  at,
  binaries: { postgres, user },
}: {
  place: string;
  cluster: string;
  dataDirectory: string;
  archive: string;
  at: Date | undefined;
  binaries: PostgresBinaries;
}): Promise<void> {
  const port = await freePort();
  const passwords = JSON.parse(await readFile(join(place, passwordsFile), 'utf8')) as { postgres: string };
  const url = `postgresql://postgres:${passwords.postgres}@127.0.0.1:${port}/postgres`;
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200', // not lower than on the server that wrote the WAL
    archive_mode: 'on',
    ...recoverySettings(archive, at),
  };
  await writeFile(join(cluster, 'recovery.signal'), '');
  if (user) await chown(join(cluster, 'recovery.signal'), user.uid, user.gid);
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = await supervise(
    {
      name: 'PostgreSQL (recovery)',
      command: postgres,
      args: ['-D', cluster, '-p', String(port), ...flags],
      cwd: cluster,
      user,
      recordFile: recoveryRecord(dataDirectory),
      logFile: join(dataDirectory, 'logs', 'postgres-recovery.log'),
      stopSignal: 'SIGINT',
      stopTimeoutMs: 60_000,
      readyTimeoutMs: RECOVERY_MAX_MS,
      ports: [{ port, setting: 'another run' }],
      isReady: () => isRecovered(url),
    },
    { report: progress },
  );
  try {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    await client.connect();
    await archiveTo(client, archive).finally(() => client.end());
  } finally {
    await server.stop();
  }
}

function recoverySettings(archive: string, at: Date | undefined): Record<string, string> {
  return {
    restore_command: `cp ${quoted(archive)}/%f %p`,
    recovery_target_timeline: 'latest',
    // PostgreSQL accepts no letters for the time zone here.
    ...(at ? { recovery_target_time: at.toISOString().replace('Z', '+00'), recovery_target_action: 'promote' } : {}),
  };
}

async function isRecovered(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ recovering: boolean }>('SELECT pg_is_in_recovery() AS recovering');
    return rows[0]?.recovering === false;
  } catch {
    return false; // not yet
  } finally {
    await client.end().catch(() => undefined);
  }
}
