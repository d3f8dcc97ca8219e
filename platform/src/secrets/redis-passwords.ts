import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

const rules = new URL('../../../docker/redis/users.conf', import.meta.url);

/** The password is derived and not random, so each run returns the same password. */
export function redisPassword(secret: string, user: string): string {
  return createHmac('sha256', secret).update(`redis user ${user}`).digest('hex');
}

/** Returns the password rule of a Redis ACL. It contains only a digest of the password. */
export function redisDigest(secret: string, user: string): string {
  return `#${createHash('sha256').update(redisPassword(secret, user)).digest('hex')}`;
}

/** Returns lines of redis.conf: the users of the services, their rules and the digests of their passwords. */
export function redisUserLines(secret: string): string {
  const text = readFileSync(rules, 'utf8');
  return text.replace(/^user (\S+)/gm, (_, user: string) => `user ${user} on ${redisDigest(secret, user)}`);
}
