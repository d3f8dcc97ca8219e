// @ts-check
import { appendFile, chown, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { commandOf } from '../../platform/src/processes/processes.ts';
import { freePort } from '../../platform/src/processes/ports.ts';
import { progress, Refusal } from '../../platform/src/terminal.ts';
import { archiveTo, passwordsFile } from './back-up.mjs';
import {
  aboutFile,
  copyCluster,
  copyOne,
  findBaseBackup,
  quoted,
  systemIdentifierOf,
  walDirectory,
} from './base-backup.mjs';

/** Reading an archive of weeks takes its time. */
const RECOVERY_MAX_MS = 6 * 3_600_000;

/**
 * Puts the embedded PostgreSQL back to where it stood at `at`, or as far as backup, archive and its own WAL reach. What was there is kept beside it.
 * The server must be stopped. It comes back on a new timeline, which is a new lineage to the relay: all events are sent again.
 * @param {{ dataDirectory: string, from: string, at?: Date | undefined }} options
 * @returns {Promise<{ data: string, former: string | undefined, base: string }>}
 * @throws Refusal when it runs, or there is no fitting backup · StartError when the point cannot be reached; then everything is as it was
 */
export async function restoreEmbedded({ dataDirectory, from: folder, at }) {
  const { findPostgresBinaries } = await import('../../platform/src/stores/postgres-binaries.ts');
  const { postgresDataDirectory } = await import('../../platform/src/stores/postgres.ts');
  const from = resolve(folder);
  const base = await findBaseBackup(from, at);
  const binaries = await findPostgresBinaries();
  const data = await postgresDataDirectory(dataDirectory);
  await refuseRunning(data);
  const former = existsSync(data) ? `${data}.before-restore-${Date.now()}` : undefined;
  const formerPasswords = await readFile(join(dataDirectory, passwordsFile), 'utf8').catch(() => undefined);
  if (former) await rename(data, former);
  try {
    await copyCluster(base.directory, data, binaries.user);
    await rm(join(data, aboutFile), { force: true });
    await rename(join(data, passwordsFile), join(dataDirectory, passwordsFile));
    if (process.getuid && binaries.user) await chown(join(dataDirectory, passwordsFile), process.getuid(), 0);
    if (former && (await systemIdentifierOf(former)) === base.systemIdentifier)
      await takeOverWal(former, data, binaries.user);
    await recover({ dataDirectory, data, binaries, archive: walDirectory(from), at });
    return { data, former, base: base.directory };
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    if (former) await rename(former, data);
    if (formerPasswords) await writeFile(join(dataDirectory, passwordsFile), formerPasswords, { mode: 0o600 });
    throw error;
  }
}

/** @param {string} data */
async function refuseRunning(data) {
  const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
  if (pid && (await commandOf(pid))?.includes('postgres')) {
    throw new Refusal(`PostgreSQL runs on these data (pid ${pid}). Stop the platform first.`);
  }
}

/**
 * What the server had written but not archived yet.
 * @param {string} former
 * @param {string} data
 * @param {{ uid: number, gid: number } | undefined} owner
 */
async function takeOverWal(former, data, owner) {
  for (const name of await readdir(join(former, 'pg_wal'))) {
    if (/^[0-9A-F]{24}$/.test(name)) await copyOne(join(former, 'pg_wal', name), join(data, 'pg_wal', name), owner);
  }
}

/**
 * Starts the server where nobody finds it, lets it recover and promote itself, and stops it.
 * @param {{ dataDirectory: string, data: string, archive: string, at: Date | undefined, binaries: import('../../platform/src/stores/postgres-binaries.ts').PostgresBinaries }} options
 */
async function recover({ dataDirectory, data, archive, at, binaries: { postgres, user } }) {
  const { supervise } = await import('../../platform/src/processes/supervised-process.ts');
  const port = await freePort();
  const passwords = JSON.parse(await readFile(join(dataDirectory, passwordsFile), 'utf8'));
  const url = `postgresql://postgres:${passwords.postgres}@127.0.0.1:${port}/postgres`;
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200', // not below the server's that wrote the WAL
    archive_mode: 'on',
    ...recoverySettings(archive, at),
  };
  await writeFile(join(data, 'recovery.signal'), '');
  if (user) await chown(join(data, 'recovery.signal'), user.uid, user.gid);
  const server = await supervise(
    {
      name: 'PostgreSQL (recovery)',
      command: postgres,
      args: [
        '-D',
        data,
        '-p',
        String(port),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      cwd: data,
      user,
      recordFile: join(dataDirectory, 'postgres-recovery.pid'),
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

/**
 * @param {string} archive
 * @param {Date | undefined} at
 * @returns {Record<string, string>}
 */
function recoverySettings(archive, at) {
  return {
    restore_command: `cp ${quoted(archive)}/%f %p`,
    recovery_target_timeline: 'latest',
    // PostgreSQL takes no letters for the time zone here.
    ...(at ? { recovery_target_time: at.toISOString().replace('Z', '+00'), recovery_target_action: 'promote' } : {}),
  };
}

/** @param {string} url */
async function isRecovered(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query('SELECT pg_is_in_recovery() AS recovering');
    return rows[0].recovering === false;
  } catch {
    return false; // not yet
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Lays a backup into an empty data directory of a PostgreSQL of your own, with the settings by which it recovers when you start it.
 * @param {{ from: string, into: string, at?: Date | undefined }} options
 * @throws Refusal when the directory is not empty, or there is no fitting backup
 */
export async function layOut({ from: folder, into, at }) {
  const from = resolve(folder);
  const base = await findBaseBackup(from, at);
  if (existsSync(into) && (await readdir(into)).length > 0) throw new Refusal(`${into} is not empty.`);
  await copyCluster(base.directory, into);
  const wal = join(base.directory, 'pg_wal'); // what pg_basebackup streamed beside the data
  for (const name of await readdir(wal)) {
    if (/^[0-9A-F]{24}$/.test(name)) await copyOne(join(wal, name), join(into, 'pg_wal', name));
  }
  await rm(join(into, aboutFile), { force: true });
  const lines = Object.entries(recoverySettings(walDirectory(from), at)).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  );
  await appendFile(join(into, 'postgresql.auto.conf'), lines.join(''));
  await writeFile(join(into, 'recovery.signal'), '');
  return base.directory;
}
