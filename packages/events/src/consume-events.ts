import type { Redis } from 'ioredis';
import type { ConsumerLog } from './consumer-log.js';
import { parseEvent, type EventEnvelope } from './envelope.js';
import type { EventStore } from './event-store.js';
import { acquireLease, LeaseLostError, type Lease } from './lease.js';
import { reconcileMarkers } from './markers.js';
import { watchOutage } from './outage.js';
import { backoffMs, pause } from './pause.js';
import { processBatch, type Consumed } from './process-batch.js';
import { settle } from './settle.js';
import { awaitMessage, ensureGroup, readBatch } from './stream-reader.js';

export interface ConsumerOptions {
  /** Must have a command timeout, because every step waits for a reply. */
  commands: Redis;
  /** A separate connection without a command timeout: it waits in XREAD BLOCK. */
  blocking: Redis;
  store: EventStore;
  log: ConsumerLog;
  /** Called once for each message, after it was settled. */
  onConsumed?: (consumed: Consumed) => void;
  /** Attempts to store a message that the store refuses. Default 5. */
  attemptsMax?: number;
  /** Messages in one batch. Default 256. */
  batchMax?: number;
  /** If the holder has vanished, another process takes over after this time. Default 5000. */
  leaseMs?: number;
  /** A failure that ends sooner is not logged, such as a connection that is still being opened. Default 2000. */
  patienceMs?: number;
}

export interface EventConsumer {
  /** Whether this process is the current consumer. Work that must not run twice may run if this is true. */
  readonly holdsLease: boolean;
  /** Finishes the current batch, releases the lease, and resolves when nothing runs any more. */
  close(): Promise<void>;
}

const STANDBY_MS = 500;
const BLOCK_MS = 1_000;
const BACKOFF_MAX_MS = 1_000;
const MARKER_CHECK_MS = 3_000;

/**
 * Brings every message of the stream into the store, at least once and in order. One process at a time holds the
 * lease and does this; the others stand by. It ends only by `close`: while Redis or the store is down it tries again,
 * at most a second apart.
 */
export function consumeEvents(options: ConsumerOptions): EventConsumer {
  const stop = new AbortController();
  const consumer = createConsumer(options, stop.signal);
  const running = consumer.run();
  return {
    get holdsLease() {
      return consumer.holdsLease();
    },
    async close() {
      stop.abort();
      await running;
    },
  };
}

function createConsumer(options: ConsumerOptions, stop: AbortSignal) {
  const { commands, blocking, store, log, onConsumed = () => undefined } = options;
  const { attemptsMax = 5, batchMax = 256, leaseMs = 5_000, patienceMs = 2_000 } = options;
  const outage = watchOutage(log, patienceMs);
  let current: Lease | undefined;

  async function run(): Promise<void> {
    while (!stop.aborted) {
      try {
        const lease = await acquireLease(commands, leaseMs, stop);
        if (lease === null) await pause(STANDBY_MS, stop);
        else await hold(lease);
      } catch (error) {
        await endure(error);
      }
    }
  }

  async function hold(lease: Lease): Promise<void> {
    current = lease;
    try {
      await consume(lease);
    } finally {
      current = undefined;
      // Release the lease after a failure too, because perhaps only this process cannot reach the store.
      await lease.release();
    }
  }

  async function consume(lease: Lease): Promise<void> {
    await ensureGroup(commands);
    await checkMarkers(lease);
    let checkedAtMs = performance.now();
    let from: 'pending' | 'new' = 'pending';
    while (!lease.signal.aborted) {
      if (performance.now() - checkedAtMs >= MARKER_CHECK_MS) {
        await checkMarkers(lease);
        checkedAtMs = performance.now();
      }
      const read = await readBatch(commands, lease, from, batchMax);
      if (read.messages.length > 0) {
        const beganMs = performance.now();
        const batch = await processBatch(read, store, attemptsMax, lease.signal);
        await settle(commands, lease, batch);
        batch.consumed.forEach(onConsumed);
        for (const event of batch.fresh) log.info('event stored', idsOf(event));
        for (const { streamId, text, reason } of batch.dead)
          log.warn('event moved to the dead letters', { streamId, reason, ...idsIn(text) });
        outage.over();
        // Repeated history takes at most half of the store's time, so that the store can serve readers.
        if (batch.historyShare > 0) await pause(batch.historyShare * (performance.now() - beganMs), lease.signal);
      } else if (from === 'pending') {
        // Messages that a predecessor read and did not settle are settled now.
        from = 'new';
        outage.over();
      } else {
        await awaitMessage({ commands, blocking }, read.lastStreamId, BLOCK_MS, lease.signal);
      }
    }
  }

  async function checkMarkers(lease: Lease): Promise<void> {
    const outcome = await reconcileMarkers(commands, store, lease);
    if (outcome === 'new') log.info('event store and Redis are new: every event is sent');
    if (outcome === 'rebuild') log.warn('event store and Redis have different marks: every event is sent again');
  }

  async function endure(error: unknown): Promise<void> {
    if (stop.aborted) return;
    if (error instanceof LeaseLostError) {
      log.info('event lease lost');
      return;
    }
    await pause(backoffMs(outage.failed(error), BACKOFF_MAX_MS), stop);
  }

  return { run, holdsLease: () => current !== undefined && !current.signal.aborted };
}

/** The ids that lead from a log line to the event and to the lines of the request that caused it. */
function idsOf({ id: eventId, type, traceparent, requestId }: EventEnvelope): Record<string, unknown> {
  return { eventId, type, requestId, traceId: traceparent?.split('-')[1] };
}

function idsIn(message: string): Record<string, unknown> {
  const parsed = parseEvent(message);
  return parsed.ok ? idsOf(parsed.event) : {};
}
