import { setTimeout as delay } from 'node:timers/promises';
import type { EventEnvelope, EventStream } from '@mainstay/events';
import type { Log } from '@mainstay/logging';

/** Where the relay stands: which history (PostgreSQL lineage), and the last row that it has published. */
export interface OutboxPosition {
  lineage: string;
  xid: string;
  id: string;
}

export interface OutboxBatch {
  events: EventEnvelope[];
  /** The position of the last event; undefined for an empty batch. */
  end: OutboxPosition | undefined;
  /** Age of the oldest event that waits, in seconds, also where an older transaction keeps it from being in the batch; 0 where none does. */
  lagS: number;
}

/** What the relay needs of the outbox's store. */
export interface Outbox {
  /** True while this process is the one that relays. Only saves work: two relays do no harm. */
  isMine(): Promise<boolean>;
  /** Which history the database tells; it changes with a restore or a failover. */
  lineage(): Promise<string>;
  /** Committed rows after `position` (from the start without one), in (xid, id) order, below every running transaction. */
  readAfter(position: OutboxPosition | undefined, limit: number): Promise<OutboxBatch>;
  /** How many rows follow `position`, those that wait for an older transaction to end included; no more than `max` are counted. */
  countAfter(position: OutboxPosition | undefined, max: number): Promise<number>;
  close(): Promise<void>;
}

export interface OutboxRelayOptions {
  outbox: Outbox;
  stream: Pick<EventStream, 'readCursor' | 'publishBatch'>;
  log: Log;
  /** The relay pauses while the stream holds more: then the outbox grows, not Redis. */
  backlogMax: number;
  onProgress?: (progress: { lagS: number; relayed: number }) => void;
}

const batchMax = 500;
const pollMs = 100;
const standbyMs = 1_000;

/**
 * Sends every committed outbox row to the stream, at least once and in order, until it is closed.
 * The cursor lives in Redis beside the stream and is read before each batch, so a Redis that lost its last seconds, or everything,
 * rolls the cursor back with the data; publishing compares it, so a batch that was read after another cursor is dropped.
 */
export function startOutboxRelay(options: OutboxRelayOptions): { close(): Promise<void> } {
  const { outbox, log } = options;
  const stop = new AbortController();
  const running = (async () => {
    let isFailing = false;
    let caughtUpMs = performance.now();
    while (!stop.signal.aborted) {
      try {
        const pauseMs = await relayOnce(options);
        if (isFailing) log.info('the relay goes on');
        isFailing = false;
        caughtUpMs = performance.now();
        if (pauseMs > 0) await pause(pauseMs, stop.signal);
      } catch (error) {
        if (!isFailing) log.warn('the relay waits for its stores', { error });
        isFailing = true;
        // What waits cannot be looked at; it is no older than the last look.
        options.onProgress?.({ lagS: (performance.now() - caughtUpMs) / 1_000, relayed: 0 });
        await pause(standbyMs, stop.signal);
      }
    }
  })();
  return {
    async close() {
      stop.abort();
      await running;
      await outbox.close();
    },
  };
}

/** One batch. Resolves with the milliseconds to wait before the next. */
async function relayOnce({ outbox, stream, backlogMax, onProgress }: OutboxRelayOptions): Promise<number> {
  if (!(await outbox.isMine())) {
    onProgress?.({ lagS: 0, relayed: 0 });
    return standbyMs;
  }
  const cursor = await stream.readCursor();
  const position = positionOf(cursor);
  const batch = await outbox.readAfter(position?.lineage === (await outbox.lineage()) ? position : undefined, batchMax);
  if (!batch.end) {
    onProgress?.({ lagS: batch.lagS, relayed: 0 });
    return pollMs;
  }
  const nextCursor = cursorOf(batch.end);
  const result = await stream.publishBatch({ expectedCursor: cursor, nextCursor, events: batch.events, backlogMax });
  const relayed = result.outcome === 'published' ? batch.events.length : 0;
  onProgress?.({ lagS: batch.lagS, relayed });
  // Moved: by another relay, which is left to go on alone for a while, or by a rewind, which can wait.
  if (result.outcome !== 'published') return standbyMs;
  return batch.events.length === batchMax ? 0 : pollMs;
}

/** The cursor as text, as it stands in Redis. */
export function cursorOf({ lineage, xid, id }: OutboxPosition): string {
  return `${lineage}|${xid}|${id}`;
}

/** What the stored cursor says; undefined for none, which means the start. */
export function positionOf(cursor: string | null): OutboxPosition | undefined {
  const [lineage, xid, id] = cursor?.split('|') ?? [];
  return lineage && xid && id ? { lineage, xid, id } : undefined;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined); // woken by close()
}
