import type { Redis } from 'ioredis';
import { eventKeys } from './keys.js';
import { redisScript } from './redis-script.js';

/** A message that could not be stored for its own sake. */
export interface DeadLetter {
  /** Its id among the dead letters. */
  readonly id: string;
  /** The stream id that it had. */
  readonly streamId: string;
  readonly reason: string;
  readonly diedAt: Date;
  /** The message as it came. */
  readonly message: string;
}

export interface DeadLetters {
  /** Oldest first, after the given id; an empty array is the end. */
  list(page: { after?: string; limit: number }): Promise<DeadLetter[]>;
  /** Puts one back into the stream, as it came; false where there is none with this id. */
  replay(id: string): Promise<boolean>;
  /** Forgets one for good; false where there is none with this id. */
  discard(id: string): Promise<boolean>;
}

/** The oldest are dropped beyond this. What came out of an outbox can still be sent again from there. */
export const deadLettersMax = 10_000;

// XDEL before XADD: a full Redis lets a script through that has begun to write. Both happen, or neither.
const replayScript = redisScript(`
  local letter = redis.call('xrange', KEYS[1], ARGV[1], ARGV[1])[1]
  if not letter then return 0 end
  redis.call('xdel', KEYS[1], ARGV[1])
  for i = 1, #letter[2], 2 do
    if letter[2][i] == 'event' then redis.call('xadd', KEYS[2], '*', 'event', letter[2][i + 1]) end
  end
  return 1
`);

/** The dead letters of the event transport, for an operator's command. */
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
