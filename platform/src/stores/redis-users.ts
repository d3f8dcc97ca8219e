import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { redisDigest, redisPassword, redisUserLines } from '../secrets/redis-passwords.ts';
import { keptText } from '../secrets/write-whole.ts';
import { forEachService, type ServiceName } from '../services.ts';
import type { StorePlace } from './store-place.ts';

/** The Redis URL of each service, with its user from `docker/redis/users.conf`. */
export type RedisUrls = Record<ServiceName, string>;

/** The secret of the tests' servers. Their user `default` needs no password, so that a test may read everything. */
const throwawaySecret = 'a server of the tests';

export interface RedisUsers {
  /** The URL of the user `default`, which has all rights. */
  url: string;
  urls: RedisUrls;
  /** Lines of redis.conf: the users, their rules and the digests of their passwords. */
  configuration: string;
}

/**
 * Returns the users of an embedded Redis. All passwords are derived from one secret. The secret is made once, in a file of
 * the directory that only this user can read.
 * @param isOpen clients need no password and have all rights, as in release 0.1.0. A throwaway server is always open
 */
export async function redisUsers({ directory, port, throwaway }: StorePlace, isOpen: boolean): Promise<RedisUsers> {
  const made = () => `${randomBytes(32).toString('hex')}\n`;
  const secret = throwaway ? throwawaySecret : (await keptText(join(directory, 'redis-secret'), made)).trim();
  const needsPassword = !throwaway && !isOpen;
  const admin = needsPassword ? `resetpass ${redisDigest(secret, 'default')}` : 'nopass';
  const base = `redis://127.0.0.1:${port}`;
  return {
    url: needsPassword ? urlFor(base, 'default', secret) : base,
    urls: forEachService((name) => urlFor(base, name, secret)),
    configuration: `${redisUserLines(secret)}\nuser default on ${admin} ~* &* +@all\n`,
  };
}

/** Returns the URL of a test's Redis, or of a proxy to it, with the user of one service. */
export function testRedisUrl(url: string, user: ServiceName): string {
  return urlFor(url, user, throwawaySecret);
}

function urlFor(url: string, user: string, secret: string): string {
  const own = new URL(url);
  own.username = user;
  own.password = redisPassword(secret, user);
  return own.href;
}
