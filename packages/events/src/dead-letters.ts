import type { Redis } from 'ioredis';
import { eventKeys } from './keys.js';
import { redisScript } from './redis-script.js';

/** A message that the consumer has given up, because its text is invalid or the store refuses it. */
export interface DeadLetter {
  /** The id of this entry in the dead-letter stream. */
  readonly id: string;
  /** The id of the message in the event stream. */
  readonly streamId: string;
  readonly reason: string;
  readonly diedAt: Date;
  /** The original text of the message. */
  readonly message: string;
}

export interface DeadLetters {
  /** Returns at most `limit` dead letters after the id `after`, oldest first. An empty array marks the end. */
  list(page: { after?: string; limit: number }): Promise<DeadLetter[]>;
  /** Moves a dead letter's message back into the event stream. Returns false if the id does not exist. */
  replay(id: string): Promise<boolean>;
  /** Deletes a dead letter. Returns false if the id does not exist. */
  discard(id: string): Promise<boolean>;
}

/** Above this number, Redis drops the oldest dead letters. */
export const DEAD_LETTERS_MAX = 10_000;

// XDEL comes first: a Redis whose memory is full refuses XADD as a script's first write.
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
