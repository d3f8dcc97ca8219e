import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { openStores, type OpenStoresOptions, type Stores } from './open-stores.ts';
import { wipePostgres } from './postgres.ts';
import { freePort } from '../processes/ports.ts';

const directory = mkdtempSync(join(tmpdir(), 'open-stores-'));
let options: OpenStoresOptions;

beforeAll(async () => {
  chmodSync(directory, 0o711);
  const [postgres, redis] = await Promise.all([freePort(), freePort()]);
  // `npm test` sets TEST_MONGO_URL. With this URL, openStores does not start MongoDB, which could take long.
  const given = { mongoUrl: process.env.TEST_MONGO_URL };
  options = { directory: join(directory, 'data'), ports: { postgres, redis, mongo: 0 }, given };
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function withPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  return work(client).finally(() => client.end());
}

async function withRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  return work(client).finally(() => client.disconnect());
}

async function write(stores: Stores): Promise<void> {
  await withPostgres(stores.postgres.ownerUrl, (client) => client.query('CREATE TABLE kept AS SELECT 1 AS one'));
  await withRedis(stores.redis.url, async (client) => {
    await client.set('kept', 'yes');
    await client.call('WAITAOF', '1', '0', '5000').catch(() => undefined); // Redis before 7.2 does not have WAITAOF
  });
}

async function read(stores: Stores): Promise<unknown[]> {
  return [
    await withPostgres(stores.postgres.ownerUrl, async (client) => {
      const { rows } = await client.query<{ one: number }>('SELECT one FROM kept');
      return rows;
    }),
    await withRedis(stores.redis.url, (client) => client.get('kept')),
  ];
}

function pidOf(store: 'postgres' | 'redis'): number {
  const record = JSON.parse(readFileSync(join(directory, 'data', `${store}.pid`), 'utf8')) as { pid: number };
  return record.pid;
}

/** Opens the stores in a separate process, and kills that process. The stores continue to run. */
async function openAndKill(): Promise<void> {
  const program = new URL('open-stores.ts', import.meta.url).href;
  const code = `import(${JSON.stringify(program)}).then((embedded) => embedded.openStores(JSON.parse(process.argv[1]))).then(() => console.log('open'))`;
  const starter = spawn(process.execPath, ['-e', code, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(starter.stdout, 'data');
  starter.kill('SIGKILL');
  await once(starter, 'exit');
}

describe('openStores', () => {
  it('keeps the data after a restart, and gives each role its own rights', async () => {
    const first = await openStores(options);
    await write(first);
    await expect(withPostgres(first.postgres.url, (client) => client.query('SELECT * FROM kept'))).rejects.toThrow(
      'permission denied',
    );
    expect(first.mongo.servedBy).toBe('given');
    await first.close();
    const second = await openStores(options);
    expect(await read(second)).toEqual([[{ one: 1 }], 'yes']);
    await second.close();
  });

  it('stops servers that a killed start left running, and ignores a lock file whose pid belongs to another program', async () => {
    await openAndKill();
    const [postgres, redis] = [pidOf('postgres'), pidOf('redis')];
    const said: string[] = [];
    const next = await openStores({ ...options, progress: (sentence) => said.push(sentence) });
    expect(said).toContain(`PostgreSQL: stopped pid ${postgres}, which a killed start had left running`);
    expect(said).toContain(`Redis: stopped pid ${redis}, which a killed start had left running`);
    expect(await read(next)).toEqual([[{ one: 1 }], 'yes']);
    await next.close();

    const stranger = spawn('sleep', ['60']);
    writeFileSync(join(directory, 'data', 'postgres', 'postmaster.pid'), `${stranger.pid}\n`);
    const third = await openStores(options);
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
    await third.close();
  });

  it('refuses an incomplete PostgreSQL cluster, and does not remove it', async () => {
    const data = join(directory, 'other', 'postgres');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'PG_VERSION'), '18'); // the directory contains a partial copy of a cluster
    await expect(openStores({ ...options, directory: join(directory, 'other') })).rejects.toThrow(
      `${data} is not empty, but is not a complete PostgreSQL cluster. Move it to another place, or delete all data of the platform with --reset.`,
    );
    expect(await readdir(data)).toEqual(['PG_VERSION']);
  });

  it('names a file of passwords that is not valid JSON', async () => {
    const other = join(directory, 'corrupt');
    await mkdir(other);
    await writeFile(join(other, 'postgres-passwords.json'), '{"postgres":');
    await expect(openStores({ ...options, directory: other })).rejects.toThrow(
      `${join(other, 'postgres-passwords.json')} is not valid JSON`,
    );
  });

  it('does not open or wipe a PostgreSQL cluster of another data directory', async () => {
    const [other, data] = [join(directory, 'moved'), join(directory, 'moved', 'postgres')];
    await mkdir(join(data, 'global'), { recursive: true });
    for (const name of ['PG_VERSION', 'global/pg_control']) await writeFile(join(data, name), '');
    await expect(openStores({ ...options, directory: other })).rejects.toThrow(
      `${data} is a cluster of another data directory`,
    );
    await wipePostgres(other);
    expect(existsSync(join(data, 'PG_VERSION'))).toBe(true);
  });

  it('keeps and reports the database with the old name of a renamed product', async () => {
    const stores = await openStores(options);
    await withPostgres(stores.postgres.adminUrl, async (client) => {
      await client.query('ALTER DATABASE mainstay RENAME TO earlier');
      await client.query('ALTER ROLE mainstay RENAME TO earlier');
    });
    await stores.close();
    const file = join(options.directory, 'postgres-passwords.json');
    const { mainstay: earlier, ...others } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    writeFileSync(file, JSON.stringify({ ...others, earlier }));
    const said: string[] = [];
    const next = await openStores({ ...options, progress: (sentence) => said.push(sentence) });
    expect(said).toContainEqual(expect.stringContaining('Other databases on this server: earlier'));
    const inEarlier = new URL(next.postgres.adminUrl);
    inEarlier.pathname = 'earlier';
    const kept = await withPostgres(inEarlier.href, (client) => client.query<{ one: number }>('SELECT one FROM kept'));
    expect(kept.rows).toEqual([{ one: 1 }]);
    await next.close();
  });

  it('has no earlier data after the wipe of --reset', async () => {
    await wipePostgres(options.directory);
    const stores = await openStores(options);
    await expect(read(stores)).rejects.toThrow('"kept" does not exist');
    await stores.close();
  });

  it('names the process that uses a port, and leaves no store running', async () => {
    const stores = await openStores(options);
    const elsewhere = { ...options, directory: join(directory, 'elsewhere') };
    await expect(openStores(elsewhere)).rejects.toThrow(
      new RegExp(
        `Port ${options.ports.redis}, which Redis needs, is in use by pid ${pidOf('redis')} .*STORES_REDIS_PORT`,
      ),
    );
    await stores.close();
  });
});
