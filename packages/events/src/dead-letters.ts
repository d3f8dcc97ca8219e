import type { Redis } from 'ioredis';
import { eventKeys } from './keys.js';
import { redisScript } from './redis-script.js';

/**
 * A message that the consumer no longer tries to store, because the message is invalid or the event store refuses the
 * message.
 */
export interface DeadLetter {
  /** Id of this dead letter in the dead-letter stream. */
  readonly id: string;
  /** Id of the message in the event stream. */
  readonly streamId: string;
  readonly reason: string;
  readonly diedAt: Date;
  /** Original text of the message. */
  readonly message: string;
}

export interface DeadLetters {
  /**
   * Returns at most `limit` dead letters whose ids follow `after`. The oldest dead letter is the first element. Returns
   * an empty array after the last dead letter.
   */
  list(page: { after?: string; limit: number }): Promise<DeadLetter[]>;
  /** Moves a dead letter's message back into the event stream. Returns false if the id does not exist. */
  replay(id: string): Promise<boolean>;
  /** Deletes a dead letter. Returns false if the id does not exist. */
  discard(id: string): Promise<boolean>;
}

/** Maximum number of dead letters. If more messages become dead letters, Redis deletes the oldest dead letters. */
export const DEAD_LETTERS_MAX = 10_000;

// If its memory is full, Redis refuses XADD, unless the script has already changed a key. Redis always allows XDEL. So
// the script calls XDEL before XADD.
const replayScript = redisScript(`
  local letter = redis.call('xrange', KEYS[1], ARGV[1], ARGV[1])[1]
  if not letter then return 0 end
  redis.call('xdel', KEYS[1], ARGV[1])
  for i = 1, #letter[2], 2 do
    if letter[2][i] == 'event' then redis.call('xadd', KEYS[2], '*', 'event', letter[2][i + 1]) end
  end
  return 1
`);

export function createDeadLetters(redis: Redis): DeadLetters {
  return {
    async list({ after, limit }) {
      const start = after === undefined ? '-' : `(${after}`;
      const entries = await redis.xrange(eventKeys.deadLetters, start, '+', 'COUNT', limit);
      return entries.map(([id, fields]) => letterOf(id, fields));
    },
    async replay(id) {
      return (await replayScript.run(redis, [eventKeys.deadLetters, eventKeys.stream], [id])) === 1;
    },
    async discard(id) {
      return (await redis.xdel(eventKeys.deadLetters, id)) === 1;
    },
  };
}

function letterOf(id: string, fields: string[]): DeadLetter {
  const valueOf = (name: string) => {
    const at = fields.findIndex((field, index) => index % 2 === 0 && field === name);
    return at === -1 ? '' : (fields[at + 1] ?? '');
  };
  return {
    id,
    streamId: valueOf('position'),
    reason: valueOf('reason'),
    diedAt: new Date(Number(valueOf('time'))),
    message: valueOf('event'),
  };
}
