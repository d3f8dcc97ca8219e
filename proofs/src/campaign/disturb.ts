/** What can be done to a process or a store, each undone before it resolves, whatever happens. */
import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { send, sendGroup } from '@mainstay/platform/processes/processes';
import type { OwnPlatform } from '@mainstay/platform/start/own-platform';
import type { SupervisedProcess } from '@mainstay/platform/processes/supervised-process';

const run = promisify(execFile);

/** kill -9, and another one after `downMs`. */
export async function kill(part: SupervisedProcess, downMs: number, meanwhile?: () => Promise<unknown>) {
  const pid = part.pid();
  if (pid !== undefined) sendGroup(pid, 'SIGKILL');
  await part.stop(); // else it would be started again at once
  try {
    await meanwhile?.();
    await delay(downMs);
  } finally {
    await part.restart();
  }
}

/** Halts a process with all its children (PostgreSQL has one a connection), and lets them go on after `frozenMs`. */
export async function freeze(part: SupervisedProcess, frozenMs: number) {
  const pid = part.pid();
  if (pid === undefined) return;
  send(pid, 'SIGSTOP'); // first, so that it gets no more children
  const halted = [pid, ...(await childrenOf(pid))];
  try {
    for (const one of halted) send(one, 'SIGSTOP');
    await delay(frozenMs);
  } finally {
    for (const one of halted.reverse()) send(one, 'SIGCONT');
  }
}

async function childrenOf(parent: number) {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  return rows.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}

/** Redis forgets its last moments, as after a failover or a loss of power: killed, and started on the data that it had before. */
export async function rollRedisBack({ parts, directory }: OwnPlatform, lostMs: number) {
  const data = join(directory, 'redis');
  const earlier = join(directory, 'redis-earlier');
  await rm(earlier, { recursive: true, force: true });
  await cp(data, earlier, { recursive: true });
  await delay(lostMs);
  await kill(parts.redis, 0, async () => {
    await rm(data, { recursive: true, force: true });
    await cp(earlier, data, { recursive: true });
  });
}

/** @param commands one line each */
export function tellRedis({ stores }: OwnPlatform, ...commands: string[]) {
  return new Promise((resolve, reject) => {
    const { port, password } = new URL(stores.redis.url);
    const socket = connect({ port: Number(port), host: '127.0.0.1' });
    socket.setTimeout(5_000, () => socket.destroy(new Error('Redis does not answer.')));
    socket.once('error', reject);
    socket.once('close', resolve);
    socket.resume();
    const all = [...(password === '' ? [] : [`AUTH ${password}`]), ...commands];
    socket.end(all.map((command) => `${command}\r\n`).join(''));
  });
}

/** Redis refuses whatever needs memory. */
export async function fillRedis(platform: OwnPlatform, fullMs: number) {
  await tellRedis(platform, 'CONFIG SET maxmemory 1');
  try {
    await delay(fullMs);
  } finally {
    await tellRedis(platform, 'CONFIG SET maxmemory 0');
  }
}

export async function dropMongo({ stores }: OwnPlatform) {
  const client = new MongoClient(stores.mongo.url, { serverSelectionTimeoutMS: 5_000 });
  try {
    for (let attempt = 1; ; attempt += 1) {
      const failure = await client
        .db()
        .dropDatabase()
        .then(
          () => undefined,
          (error) => error,
        );
      if (failure === undefined) return;
      if (attempt === 20) throw failure; // the stand-in refuses to drop what is written to at that moment
    }
  } finally {
    await client.close();
  }
}

/**
 * @param statement as the cluster's administrator, in the platform's database
 * @param openMs keeps a transaction around it open for so long
 */
export async function tellPostgres({ stores }: OwnPlatform, statement: string, openMs?: number) {
  const url = new URL(stores.postgres.adminUrl);
  url.pathname = '/mainstay';
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    if (openMs !== undefined) await client.query('BEGIN');
    await client.query(statement);
    if (openMs !== undefined) await delay(openMs);
  } finally {
    await client.end();
  }
}
