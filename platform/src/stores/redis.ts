import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { outputOf } from '../processes/programs.ts';
import { redisDigest, redisPassword, redisUserLines } from '../secrets/redis-passwords.ts';
import { keptText } from '../secrets/write-whole.ts';
import { forEachService, type ServiceName } from '../services.ts';
import { findRedisBinary } from './redis-binary.ts';
import { storePlan, type StorePlace } from './store-place.ts';

/** All test servers use this secret, so that testRedisUrl knows the passwords. */
const THROWAWAY_SECRET = 'a server of the tests';

/**
 * Returns the plan of a server that never evicts keys. Outside of tests, the server writes to disk each second. Each
 * service has a user from docker/redis/users.conf. All passwords are derived from one secret.
 * @param options redisIsOpen: clients need no password and have all rights, as in release 0.1.0
 */
export async function planRedis(place: StorePlace, { redisIsOpen = false } = {}) {
  const { directory, port, throwaway } = place;
  const command = await findRedisBinary(place.progress);
  const data = join(directory, 'redis');
  await mkdir(data, { recursive: true });
  const made = () => `${randomBytes(32).toString('hex')}\n`;
  const secret = throwaway ? THROWAWAY_SECRET : (await keptText(join(directory, 'redis-secret'), made)).trim();
  const isOpen = throwaway || redisIsOpen;
  const administrator = isOpen ? 'nopass' : `resetpass ${redisDigest(secret, 'default')}`;
  const usersFile = join(directory, 'redis-users.conf');
  const users = `${redisUserLines(secret)}\nuser default on ${administrator} ~* &* +@all\n`;
  await writeFile(usersFile, users, { mode: 0o600 });
  const base = `redis://127.0.0.1:${port}`;
  const url = isOpen ? base : urlFor(base, 'default', secret);
  const persistence = throwaway ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', 'everysec'];
  return {
    url,
    urls: forEachService((name) => urlFor(base, name, secret)),
    servedBy: await describe(command),
    plan: storePlan('redis', place, {
      command,
      args: [
        usersFile,
        ...['--bind', '127.0.0.1', '--port', String(port), '--dir', data],
        ...['--save', '', '--maxmemory-policy', 'noeviction', ...persistence],
      ],
      cwd: data,
      ping: () => ping(url),
    }),
  };
}

/** Returns the URL with which a service connects to a test's Redis or proxy. */
export function testRedisUrl(url: string, user: ServiceName): string {
  return urlFor(url, user, THROWAWAY_SECRET);
}

function urlFor(url: string, username: string, secret: string): string {
  return Object.assign(new URL(url), { username, password: redisPassword(secret, username) }).href;
}

async function describe(binary: string): Promise<string> {
  const version = /v=(\S+)/.exec((await outputOf(binary, '--version')) ?? '')?.[1] ?? '';
  return `${basename(binary).startsWith('valkey') ? 'Valkey' : 'Redis'} ${version} (${binary})`;
}

/** Rejects while Redis is not ready. PING fails while Redis loads its data, so PING is a sufficient test. */
async function ping(url: string): Promise<void> {
  const limits = { connectTimeout: 1000, commandTimeout: 1000, retryStrategy: () => null };
  const client = new Redis(url, { lazyConnect: true, enableReadyCheck: false, ...limits });
  client.on('error', () => undefined); // the commands below report the error
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}
