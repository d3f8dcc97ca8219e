import { redisScript } from './redis-script.js';

/** Tells the live feeds that the relay sends old events again. */
export const resyncNotice = JSON.stringify({ resync: true });

/**
 * Moves one cursor back, or deletes all cursors if KEYS[5] is given.
 *
 * - ARGV[1]: the number of the lease ('' = no check)
 * - ARGV[2]: the current time, as the replay horizon
 * - ARGV[3]: the new cursor ('' = from the start)
 * - ARGV[4]: the new marker ('' = keep the marker)
 * - ARGV[5]: the channel
 * - ARGV[6]: the notice
 * - ARGV[7]: the outbox ('' = the first outbox)
 */
export const rewindScript = redisScript(`
  if ARGV[1] ~= '' and redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
  -- DEL comes first, because a Redis whose memory is full refuses SET unless the script has already written.
  if ARGV[7] == '' then redis.call('del', KEYS[2]) else redis.call('hdel', KEYS[2], ARGV[7]) end
  if KEYS[5] then redis.call('del', KEYS[5]) end
  if ARGV[3] ~= '' and ARGV[7] == '' then redis.call('set', KEYS[2], ARGV[3]) end
  if ARGV[3] ~= '' and ARGV[7] ~= '' then redis.call('hset', KEYS[2], ARGV[7], ARGV[3]) end
  redis.call('set', KEYS[3], ARGV[2])
  if ARGV[4] ~= '' then redis.call('set', KEYS[4], ARGV[4]) end
  redis.call('publish', ARGV[5], ARGV[6])
  return 1
`);
