import type { Redis } from 'ioredis';
import { CONSUMER_GROUP, CONSUMER_NAME, eventKeys } from './keys.js';
import { LeaseLostError, type Lease } from './lease.js';
import { pause } from './pause.js';
import { redisScript } from './redis-script.js';

export interface StreamMessage {
  readonly streamId: string;
  /** Null if an operator deleted the message before the consumer acknowledged the message. */
  readonly text: string | null;
}

export interface StreamRead {
  readonly messages: readonly StreamMessage[];
  /** Milliseconds since the epoch. Events up to this time count as old events that the relay has sent again. */
  readonly replayHorizonMs: number;
  /**
   * Newest message id of the stream. The consumer uses the id only if `messages` is empty, because the consumer then
   * waits for a message with a higher id. If `messages` is not empty, the value is `0-0`.
   */
  readonly lastStreamId: string;
}

/**
 * Redis gives each new message to only one XREADGROUP command. A read without the lease would hide messages from the
 * process with the lease. So the script checks the lease, then reads.
 */
const readScript = redisScript(`
  if redis.call('get', KEYS[2]) ~= ARGV[1] then return false end
  local horizon = redis.call('get', KEYS[3]) or '0'
  local reply = redis.call('xreadgroup', 'group', ARGV[2], ARGV[3], 'count', ARGV[4], 'streams', KEYS[1], ARGV[5])
  local messages = reply and reply[1][2] or {}
  local last = '0-0'
  if #messages == 0 then
    local info = redis.call('xinfo', 'stream', KEYS[1])
    for i = 1, #info, 2 do
      if info[i] == 'last-generated-id' then last = info[i + 1] end
    end
  end
  return {horizon, messages, last}
`);

/**
 * Creates the consumer group if the group does not exist. A Redis whose memory is full refuses XGROUP CREATE even for
 * an existing group. So this function first checks whether the group exists.
 */
export async function ensureGroup(redis: Redis): Promise<void> {
  if (await hasGroup(redis)) return;
  try {
    await redis.xgroup('CREATE', eventKeys.stream, CONSUMER_GROUP, '0', 'MKSTREAM');
  } catch (error) {
    if (!startsWith(error, 'BUSYGROUP')) throw error;
  }
}

async function hasGroup(redis: Redis): Promise<boolean> {
  try {
    const groups = (await redis.xinfo('GROUPS', eventKeys.stream)) as string[][];
    return groups.some((fields) => fields[fields.indexOf('name') + 1] === CONSUMER_GROUP);
  } catch (error) {
    if (startsWith(error, 'ERR no such key')) return false;
    throw error;
  }
}

function startsWith(error: unknown, code: string): boolean {
  return error instanceof Error && error.message.startsWith(code);
}

/**
 * Reads a batch, and does not wait for new messages. If `from` is `pending`, the batch contains only messages that were
 * read earlier, but not acknowledged. If `from` is `new`, the batch contains only messages that were never read.
 * @throws LeaseLostError if this process has lost the lease
 */
export async function readBatch(
  redis: Redis,
  lease: Lease,
  from: 'pending' | 'new',
  batchMax: number,
): Promise<StreamRead> {
  const keys = [eventKeys.stream, eventKeys.lease, eventKeys.replayHorizon];
  const start = from === 'pending' ? '0' : '>';
  const reply = await readScript.run(redis, keys, [lease.fence, CONSUMER_GROUP, CONSUMER_NAME, batchMax, start]);
  if (reply === null) throw new LeaseLostError();
  const [horizon, messages, lastStreamId] = reply as [string, [string, string[] | null][], string];
  return {
    messages: messages.map(([streamId, fields]) => ({ streamId, text: textOf(fields) })),
    replayHorizonMs: Number(horizon),
    lastStreamId,
  };
}

function textOf(fields: string[] | null): string | null {
  if (fields === null || fields.length === 0) return null;
  const name = fields.findIndex((field, index) => index % 2 === 0 && field === 'event');
  // A message that has no field `event` gets an empty text here and later becomes a dead letter.
  return name === -1 ? '' : (fields[name + 1] ?? '');
}

/** If Redis does not reply within this time after `blockMs`, `awaitMessage` opens a new connection. */
const SILENCE_MS = 2_000;

/** Waits up to `blockMs` for a message after `lastStreamId`. Opens a new connection if Redis does not reply. */
export async function awaitMessage(
  { commands, blocking }: { commands: Redis; blocking: Redis },
  lastStreamId: string,
  blockMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener('abort', end, { once: true });
  const connectionId = blocking.client('ID').catch(() => undefined);
  const read = blocking.xread('COUNT', 1, 'BLOCK', blockMs, 'STREAMS', eventKeys.stream, lastStreamId);
  const answered = read.then(() => true);
  const silent = pause(blockMs + SILENCE_MS, over.signal).then(() => false);
  try {
    const isAnswered = await Promise.race([answered, silent]);
    if (signal.aborted) await unblock(commands, await connectionId);
    else if (!isAnswered) blocking.disconnect(true);
  } finally {
    signal.removeEventListener('abort', end);
    end();
    answered.catch(() => undefined);
  }
}

/** Ends the blocking read at once, because a later QUIT on this connection would wait until the read ends. */
async function unblock(commands: Redis, connectionId: number | undefined): Promise<void> {
  if (connectionId !== undefined) await commands.client('UNBLOCK', connectionId).catch(() => undefined);
}
