/** Faults of services and stores. At its end, a fault restarts what it stopped, even after an error. */
import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { send, sendGroup } from '@mainstay/platform/processes/processes';
import type { SupervisedProcess } from '@mainstay/platform/processes/supervised-process';
import type { OwnPlatform } from '../own-platform.ts';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { withPostgres } from '../postgres.ts';
import type { Random } from '../random.ts';
import { until } from '@mainstay/platform/until';

const run = promisify(execFile);

interface Fault {
  name: string;
  ms?: [least: number, most: number];
  make: (platform: OwnPlatform, ms: number) => Promise<unknown>;
}

const services = ['gateway', 'accounts', 'activity'] as const;
const stores = ['postgres', 'redis', 'mongo'] as const;
const parts = [...services, ...stores];

const faults: Fault[] = [
  ...services.map((part): Fault => ({
    name: `${part} killed`,
    ms: [0, 500],
    make: ({ parts }, ms) => kill(parts[part], ms),
  })),
  ...stores.map((part): Fault => ({
    name: `${part} killed`,
    ms: [0, 4_000],
    make: ({ parts }, ms) => kill(parts[part], ms),
  })),
  ...parts.map((part): Fault => ({
    name: `${part} frozen`,
    ms: [1_000, 4_000],
    make: ({ parts }, ms) => freeze(parts[part], ms),
  })),
  { name: 'redis rolled back', ms: [500, 3_000], make: rollRedisBack },
  {
    name: 'redis full',
    ms: [1_000, 4_000],
    async make(platform, ms) {
      await tellRedis(platform, 'CONFIG', 'SET', 'maxmemory', '1');
      await delay(ms).finally(() => tellRedis(platform, 'CONFIG', 'SET', 'maxmemory', '0'));
    },
  },
  {
    name: 'a transaction held open',
    ms: [1_000, 4_000],
    make: (platform, ms) => tellPostgres(platform, ['BEGIN', 'SELECT pg_current_xact_id()'], ms),
  },
  { name: 'redis flushed', make: (platform) => tellRedis(platform, 'FLUSHALL') },
  {
    name: 'redis connections cut',
    async make(platform) {
      for (const type of ['normal', 'pubsub']) await tellRedis(platform, 'CLIENT', 'KILL', 'TYPE', type);
    },
  },
  {
    name: 'postgres connections cut',
    make: (platform) =>
      tellPostgres(platform, [
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'mainstay' AND pid <> pg_backend_pid()`,
      ]),
  },
  { name: 'mongo database dropped', make: dropMongo },
  {
    name: 'mongo dropped and redis flushed',
    make: (platform) => Promise.all([dropMongo(platform), tellRedis(platform, 'FLUSHALL')]),
  },
  {
    name: 'all services killed',
    ms: [0, 500],
    make: ({ parts }, ms) => Promise.all(services.map((part) => kill(parts[part], ms))),
  },
  {
    name: 'everything killed',
    ms: [0, 1_000],
    make: (platform, ms) => Promise.all(parts.map((part) => kill(platform.parts[part], ms))),
  },
];

/** Yields all faults whose name contains `only` in random order, then in a new random order, without end. */
export function* faultsInTurn(random: Random, only: string): Generator<Fault, never> {
  const chosen = faults.filter(({ name }) => name.includes(only));
  if (chosen.length === 0)
    throw new Error(`No fault is called "${only}": ${faults.map(({ name }) => name).join(', ')}.`);
  for (;;) {
    const rest = [...chosen];
    while (rest.length > 0) yield random.take(rest);
  }
}

async function kill(part: SupervisedProcess, downMs: number, meanwhile?: () => Promise<unknown>) {
  const pid = part.pid();
  if (pid !== undefined) sendGroup(pid, 'SIGKILL');
  await part.stop(); // stop the supervisor too, because it would restart the process at once
  try {
    await meanwhile?.();
    await delay(downMs);
  } finally {
    await part.restart();
  }
}

/** Halts a process and its children, because PostgreSQL has a child for each connection. */
async function freeze(part: SupervisedProcess, frozenMs: number) {
  const pid = part.pid();
  if (pid === undefined) return;
  send(pid, 'SIGSTOP'); // halted first, so that it starts no more children
  const children = await run('ps', ['-o', 'pid=', '--ppid', String(pid)]).catch(() => ({ stdout: '' }));
  const halted = [pid, ...children.stdout.split('\n').filter(Boolean).map(Number)];
  try {
    for (const one of halted) send(one, 'SIGSTOP');
    await delay(frozenMs);
  } finally {
    for (const one of halted.reverse()) send(one, 'SIGCONT');
  }
}

/** Restarts Redis without its last writes, as after a power failure. */
async function rollRedisBack({ parts, directory }: OwnPlatform, lostMs: number) {
  const [data, earlier] = [join(directory, 'redis'), join(directory, 'redis-earlier')];
  await rm(earlier, { recursive: true, force: true });
  await cp(data, earlier, { recursive: true });
  await delay(lostMs);
  await kill(parts.redis, 0, async () => {
    await rm(data, { recursive: true, force: true });
    await cp(earlier, data, { recursive: true });
  });
}

async function tellRedis({ stores }: OwnPlatform, command: string, ...args: string[]) {
  const redis = new Redis(stores.redis.url, { commandTimeout: 5_000, maxRetriesPerRequest: 1 }).on('error', () => {});
  await redis.call(command, ...args).finally(() => redis.disconnect());
}

async function dropMongo({ stores }: OwnPlatform) {
  const client = new MongoClient(stores.mongo.url, { serverSelectionTimeoutMS: 5_000 });
  // Retry, because the stand-in for MongoDB refuses to drop a database while another client writes to it.
  const drop = () =>
    client
      .db()
      .dropDatabase()
      .catch(() => false);
  await until('the database of MongoDB is dropped', drop, { timeoutMs: 5_000, everyMs: 1 }).finally(() =>
    client.close(),
  );
}

/** Runs statements as PostgreSQL's administrator. Their connection stays open for `openMs`. */
async function tellPostgres({ stores }: OwnPlatform, statements: string[], openMs = 0) {
  const url = new URL(stores.postgres.adminUrl);
  url.pathname = '/mainstay';
  await withPostgres(url.href, async (client) => {
    for (const statement of statements) await client.query(statement);
    await delay(openMs);
  });
}
