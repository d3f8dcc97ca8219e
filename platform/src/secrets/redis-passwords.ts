import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

const rules = new URL('../../../docker/redis/users.conf', import.meta.url);

/** Derives the password from `secret`, so each run returns the same password. */
export function redisPassword(secret: string, user: string): string {
  return createHmac('sha256', secret).update(`redis user ${user}`).digest('hex');
}

/** Returns a digest of the user's password in the syntax of a Redis ACL. */
export function redisDigest(secret: string, user: string): string {
  return `#${createHash('sha256').update(redisPassword(secret, user)).digest('hex')}`;
}

/** Returns the lines of docker/redis/users.conf with a digest of each user's password. */
export function redisUserLines(secret: string): string {
  const text = readFileSync(rules, 'utf8');
  return text.replace(/^user (\S+)/gm, (_, user: string) => `user ${user} on ${redisDigest(secret, user)}`);
}
