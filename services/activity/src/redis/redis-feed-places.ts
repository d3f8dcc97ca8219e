import { AppError } from '@mainstay/errors';
import type { Redis } from 'ioredis';
import type { FeedPlaces } from '../domain/live-feeds.js';

/** A place expires after this time. A running feed renews its place every 15 s. */
const PLACE_MS = 20_000;
/** The clocks of the replicas can differ, so the script uses the clock of Redis. */
const TAKE_SCRIPT = `
  local time = redis.call('time')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('zremrangebyscore', KEYS[1], '-inf', now)
  local isNew = not redis.call('zscore', KEYS[1], ARGV[1])
  if isNew and redis.call('zcard', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
  redis.call('zadd', KEYS[1], now + ARGV[2], ARGV[1])
  redis.call('pexpire', KEYS[1], ARGV[2])
  return 1
`;

/** Counts the live feeds of a user over all replicas in one sorted set. */
export function createRedisFeedPlaces(redis: Redis, placesPerUser = 10): FeedPlaces {
  const keyOf = (userId: string) => `activity:feeds:${userId}`;
  const take = (userId: string, feedId: string) =>
    redis.eval(TAKE_SCRIPT, 1, keyOf(userId), feedId, PLACE_MS, placesPerUser);
  return {
    async take(userId, feedId) {
      try {
        return (await take(userId, feedId)) === 1;
      } catch (error) {
        throw new AppError('unavailable', 'Live feeds cannot be opened now.', { retryAfterS: 5, cause: error });
      }
    },
    // Errors are ignored: the next heartbeat renews the place, or the place expires.
    async renew(userId, feedId) {
      await take(userId, feedId).catch(() => undefined);
    },
    async free(userId, feedId) {
      await redis.zrem(keyOf(userId), feedId).catch(() => undefined);
    },
  };
}
