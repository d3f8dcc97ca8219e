import type { Redis } from 'ioredis';
import { DEAD_LETTERS_MAX } from './dead-letters.js';
import { CONSUMER_GROUP, eventKeys } from './keys.js';
import { LeaseLostError, type Lease } from './lease.js';
import { positionOf, streamIdAfter } from './position.js';
import { redisScript } from './redis-script.js';

export interface Settlement {
  /** Ids of all messages of the batch, in the order of the stream. The array is never empty. */
  readonly streamIds: readonly string[];
  readonly dead: readonly { readonly streamId: string; readonly text: string; readonly reason: string }[];
  /** Ids of the users who may have new events. */
  readonly subjects: readonly string[];
}

/**
 * If its memory is full, Redis refuses XADD, unless the script has already changed a key. Redis always allows XACK. So
 * the script calls XACK before XADD.
 */
const settleScript = redisScript(`
  if redis.call('get', KEYS[2]) ~= ARGV[1] then return 0 end
  local group, position, trimFrom, now, deadMax = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
  local at = 10
  for i = at, at + ARGV[9] - 1 do redis.call('xack', KEYS[1], group, ARGV[i]) end
  for i = at + ARGV[9], #ARGV, 3 do
    redis.call('xadd', KEYS[4], 'maxlen', deadMax, '*',
      'event', ARGV[i + 1], 'position', ARGV[i], 'reason', ARGV[i + 2], 'time', now)
  end
  local pending = redis.call('xpending', KEYS[1], group)
  if pending[1] > 0 then trimFrom = pending[2] end
  redis.call('xtrim', KEYS[1], 'minid', trimFrom)
  local stored = redis.call('get', KEYS[3])
  if not stored or stored < position then redis.call('set', KEYS[3], position) end
  redis.call('publish', ARGV[7], ARGV[8])
  return 1
`);

/**
 * Acknowledges the messages of a stored batch and moves the watermark, in one step. The watermark is the position
 * of the stream up to which the event store has every event, except dead letters.
 * @throws LeaseLostError if this process has lost the lease; the call has then changed nothing
 */
export async function settle(redis: Redis, lease: Lease, { streamIds, dead, subjects }: Settlement): Promise<void> {
  const last = streamIds.at(-1);
  if (last === undefined) return;
  const position = positionOf(last);
  const notice = JSON.stringify({ position, subjects });
  const keys = [eventKeys.stream, eventKeys.lease, eventKeys.position, eventKeys.deadLetters];
  const settled = await settleScript.run(redis, keys, [
    lease.fence,
    CONSUMER_GROUP,
    position,
    streamIdAfter(last),
    // eslint-disable-next-line no-restricted-properties -- an operator reads the time of day
    Date.now(),
    DEAD_LETTERS_MAX,
    eventKeys.stored,
    notice,
    streamIds.length,
    ...streamIds,
    ...dead.flatMap(({ streamId, text, reason }) => [streamId, text, reason]),
  ]);
  if (settled !== 1) throw new LeaseLostError();
}
