import { redisScript } from './redis-script.js';

/** The message that tells live feeds that the relay sends old events again. */
export const resyncNotice = JSON.stringify({ resync: true });

/**
 * Moves a relay's cursor back, so that the relay sends old events again.
 *
 * - KEYS[1]: `eventKeys.lease`
 * - KEYS[2]: the key of the cursor, either `eventKeys.cursor` or `eventKeys.cursors`
 * - KEYS[3]: `eventKeys.replayHorizon`
 * - KEYS[4]: `eventKeys.marker`
 * - KEYS[5]: `eventKeys.cursors`, or absent. If KEYS[5] is present, the script deletes all cursors in this hash.
 * - ARGV[1]: the number of the caller's lease. If this lease is no longer current, the script changes nothing. An empty
 *   text skips this check.
 * - ARGV[2]: the current time in milliseconds since the epoch. The script stores this time as the replay horizon.
 * - ARGV[3]: the new cursor. An empty text deletes the cursor, so that the relay sends all events.
 * - ARGV[4]: the new marker. An empty text keeps the current marker.
 * - ARGV[5]: the pub/sub channel of the live feeds
 * - ARGV[6]: the message for the live feeds, `resyncNotice`
 * - ARGV[7]: the name of the service that owns the cursor in the hash `eventKeys.cursors`. An empty text means that
 *   KEYS[2] is `eventKeys.cursor`.
 */
export const rewindScript = redisScript(`
  if ARGV[1] ~= '' and redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
  -- If its memory is full, Redis refuses SET, unless the script has already changed a key. Redis always allows DEL.
  if ARGV[7] == '' then redis.call('del', KEYS[2]) else redis.call('hdel', KEYS[2], ARGV[7]) end
  if KEYS[5] then redis.call('del', KEYS[5]) end
  if ARGV[3] ~= '' and ARGV[7] == '' then redis.call('set', KEYS[2], ARGV[3]) end
  if ARGV[3] ~= '' and ARGV[7] ~= '' then redis.call('hset', KEYS[2], ARGV[7], ARGV[3]) end
  redis.call('set', KEYS[3], ARGV[2])
  if ARGV[4] ~= '' then redis.call('set', KEYS[4], ARGV[4]) end
  redis.call('publish', ARGV[5], ARGV[6])
  return 1
`);
