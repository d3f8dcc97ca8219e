import { AppError } from '@mainstay/errors';
import type { Redis } from 'ioredis';
import type { EventEnvelope } from './envelope.js';
import { eventKeys } from './keys.js';
import { redisScript } from './redis-script.js';
import { rewindScript, resyncNotice } from './rewind.js';

export interface EventBatch {
  /** The relay's cursor before this batch. Null if Redis has no cursor. */
  expectedCursor: string | null;
  nextCursor: string;
  events: readonly EventEnvelope[];
  /** If the stream has this number of messages or more, `publishBatch` does not publish the batch. */
  backlogMax: number;
}

export type PublishResult =
  { outcome: 'published' } | { outcome: 'moved'; cursor: string | null } | { outcome: 'full' };

export interface EventStream {
  /**
   * Appends the events and moves the cursor in one step. If the current cursor is not `expectedCursor`, changes nothing
   * and returns `moved`. If the stream has `backlogMax` messages or more, changes nothing and returns `full`.
   */
  publishBatch(batch: EventBatch): Promise<PublishResult>;
  readCursor(): Promise<string | null>;
  /**
   * Appends one event without an outbox. A producer may use this method only if the producer's data is in the same
   * Redis as the event stream.
   * @throws AppError unavailable if the stream has APPEND_BACKLOG_MAX messages or more
   */
  appendEvent(event: EventEnvelope): Promise<void>;
  /**
   * Replaces the relay's cursor, so that the relay sends old events again. If `cursor` is null, the relay sends all
   * events again. Live feeds get one notice instead of the repeated events.
   */
  rewindCursor(to: { cursor: string | null }): Promise<void>;
  /**
   * Returns the watermark: the event store has every event up to this position of the stream, except dead letters.
   * Returns null if Redis has no watermark.
   */
  readWatermark(): Promise<string | null>;
  /**
   * Returns the number of messages in the stream, the age of the oldest message, and the number of dead letters.
   */
  stats(): Promise<{ length: number; oldestAgeMs: number; deadLetters: number }>;
}

/**
 * `appendEvent` refuses an event if the stream has this number of messages or more. The number is twice the default of
 * the setting `STREAM_BACKLOG_MAX`, which is the corresponding limit for events from an outbox.
 */
const APPEND_BACKLOG_MAX = 200_000;

const publishScript = redisScript(`
  local outbox = ARGV[4]
  local stored = (outbox == '' and redis.call('get', KEYS[2]) or outbox ~= '' and redis.call('hget', KEYS[2], outbox)) or ''
  if stored ~= ARGV[1] then return {'moved', stored} end
  if redis.call('xlen', KEYS[1]) >= tonumber(ARGV[3]) then return {'full'} end
  for i = 5, #ARGV do redis.call('xadd', KEYS[1], '*', 'event', ARGV[i]) end
  if outbox == '' then redis.call('set', KEYS[2], ARGV[2]) else redis.call('hset', KEYS[2], outbox, ARGV[2]) end
  return {'published'}
`);

const appendScript = redisScript(`
  if redis.call('xlen', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
  redis.call('xadd', KEYS[1], '*', 'event', ARGV[2])
  return 1
`);

/**
 * Gives producers access to the event stream. `redis` must have a command timeout.
 * @param outbox the name of the service that owns the outbox. The cursor is the position in the outbox up to which all
 * events were published or are being replayed. The cursors of all named outboxes are in `eventKeys.cursors`. The cursor
 * of the outbox without a name is in `eventKeys.cursor`.
 */
export function createEventStream(redis: Redis, { outbox = '' }: { outbox?: string | undefined } = {}): EventStream {
  const cursorKey = outbox === '' ? eventKeys.cursor : eventKeys.cursors;
  return {
    async publishBatch({ expectedCursor, nextCursor, events, backlogMax }) {
      const messages = events.map((event) => JSON.stringify(event));
      const args = [expectedCursor ?? '', nextCursor, backlogMax, outbox, ...messages];
      const reply = await publishScript.run(redis, [eventKeys.stream, cursorKey], args);
      const [outcome, cursor] = reply as ['published' | 'full'] | ['moved', string];
      return outcome === 'moved' ? { outcome, cursor: cursor === '' ? null : cursor } : { outcome };
    },
    readCursor: () => (outbox === '' ? redis.get(cursorKey) : redis.hget(cursorKey, outbox)),
    async appendEvent(event) {
      const appended = await appendScript.run(redis, [eventKeys.stream], [APPEND_BACKLOG_MAX, JSON.stringify(event)]);
      if (appended === 0) throw new AppError('unavailable', 'Too many events wait to be stored.');
    },
    async rewindCursor({ cursor }) {
      const keys = [eventKeys.lease, cursorKey, eventKeys.replayHorizon, eventKeys.marker];
      // eslint-disable-next-line no-restricted-properties -- ids of events contain the time of day
      await rewindScript.run(redis, keys, ['', Date.now(), cursor ?? '', '', eventKeys.stored, resyncNotice, outbox]);
    },
    readWatermark: () => redis.get(eventKeys.position),
    async stats() {
      const [length, oldest, deadLetters] = await Promise.all([
        redis.xlen(eventKeys.stream),
        redis.xrange(eventKeys.stream, '-', '+', 'COUNT', 1),
        redis.xlen(eventKeys.deadLetters),
      ]);
      // eslint-disable-next-line no-restricted-properties -- the id contains the time of day of Redis
      const nowMs = Date.now();
      const [sinceMs = nowMs] = oldest.map(([id]) => Number.parseInt(id, 10));
      return { length, oldestAgeMs: Math.max(0, nowMs - sinceMs), deadLetters };
    },
  };
}
