import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { outputOf } from '../processes/programs.ts';
import { findRedisBinary } from './redis-binary.ts';
import { redisUsers, type RedisUrls } from './redis-users.ts';
import { storePlan, type PlannedStore, type StorePlace } from './store-place.ts';

/** Returns the plan of a server that never evicts keys, and writes to disk each second unless it is for tests. */
export async function planRedis(
  place: StorePlace,
  { isOpen = false } = {},
): Promise<PlannedStore & { urls: RedisUrls }> {
  const { directory, port, throwaway } = place;
  const command = await findRedisBinary(place.progress);
  const data = join(directory, 'redis');
  await mkdir(data, { recursive: true });
  const { url, urls, configuration } = await redisUsers(place, isOpen);
  const usersFile = join(directory, 'redis-users.conf');
  await writeFile(usersFile, configuration, { mode: 0o600 });
  return {
    url,
    urls,
    servedBy: await describe(command),
    plan: storePlan('redis', place, {
      command,
      args: [usersFile, ...redisArguments(port, data, { appendOnly: !throwaway })],
      cwd: data,
      stopSignal: 'SIGTERM',
      isReady: () => answers(url),
    }),
  };
}

async function describe(binary: string): Promise<string> {
  const version = /v=(\S+)/.exec((await outputOf(binary, '--version')) ?? '')?.[1] ?? '';
  return `${basename(binary).startsWith('valkey') ? 'Valkey' : 'Redis'} ${version} (${binary})`;
}

function redisArguments(port: number, data: string, { appendOnly }: { appendOnly: boolean }): string[] {
  const persistence = appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no'];
  const address = ['--bind', '127.0.0.1', '--port', String(port)];
  return [...address, '--dir', data, '--save', '', '--maxmemory-policy', 'noeviction', ...persistence];
}

/** Whether Redis accepts commands. It does not while it reads its data. */
async function answers(url: string): Promise<boolean> {
  const limits = { connectTimeout: 1000, commandTimeout: 1000, retryStrategy: () => null };
  const client = new Redis(url, { lazyConnect: true, enableReadyCheck: false, ...limits });
  client.on('error', () => undefined); // the commands below report the error
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
