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
  /** A Redis client with a command timeout, because a frozen Redis never answers. */
  commands: Redis;
  /** A second Redis client without a command timeout, because it waits for messages. */
  blocking: Redis;
  store: EventStore;
  log: ConsumerLog;
  /** Called once for each message, except deleted messages, after its acknowledgement. */
  onConsumed?: (consumed: Consumed) => void;
  /** The maximum number of attempts to store a message that the store refuses. Default 5. */
  attemptsMax?: number;
  /** The maximum number of messages per batch. Default 256. */
  batchMax?: number;
  /**
   * Only the process with the lease reads messages. If it crashes, another process can take the lease after this time.
   * Default 5000.
   */
  leaseMs?: number;
  /** An outage shorter than this time is not logged. Default 2000. */
  patienceMs?: number;
}

export interface EventConsumer {
  /** True while this process has the lease. */
  readonly holdsLease: boolean;
  /** Finishes the current batch if the store accepts it, releases the lease, and resolves. */
  close(): Promise<void>;
}

const STANDBY_MS = 500;
const BLOCK_MS = 1_000;
const BACKOFF_MAX_MS = 1_000;
const MARKER_CHECK_MS = 3_000;

/**
 * Moves messages from the Redis stream to the event store until `close`, in order and each at least once. Invalid or
 * refused messages become dead letters.
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
  let heldLease: Lease | undefined;

  async function run(): Promise<void> {
    while (!stop.aborted) {
      try {
        const lease = await acquireLease(commands, leaseMs, stop);
        if (lease === null) await pause(STANDBY_MS, stop);
        else await hold(lease);
      } catch (error) {
        await recover(error);
      }
    }
  }

  async function hold(lease: Lease): Promise<void> {
    heldLease = lease;
    try {
      await consume(lease);
    } finally {
      heldLease = undefined;
      // Release the lease after an error too. Perhaps another process can reach the store.
      await lease.release();
    }
  }

  async function consume(lease: Lease): Promise<void> {
    await ensureGroup(commands);
    await checkMarkers(lease);
    let checkedAtMs = performance.now();
    // Pending messages were read earlier, but not acknowledged.
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
        // Pause after a batch with repeated events, so that readers can use the event store.
        if (batch.historyShare > 0) await pause(batch.historyShare * (performance.now() - beganMs), lease.signal);
      } else if (from === 'pending') {
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
    if (outcome === 'rebuild') log.warn('event store and Redis have different markers: every event is sent again');
  }

  async function recover(error: unknown): Promise<void> {
    if (stop.aborted) return;
    if (error instanceof LeaseLostError) {
      log.info('event lease lost: another process consumes the events now');
      return;
    }
    await pause(backoffMs(outage.failed(error), BACKOFF_MAX_MS), stop);
  }

  return { run, holdsLease: () => heldLease !== undefined && !heldLease.signal.aborted };
}

function idsOf({ id: eventId, type, traceparent, requestId }: EventEnvelope): Record<string, unknown> {
  return { eventId, type, requestId, traceId: traceparent?.split('-')[1] };
}

function idsIn(message: string): Record<string, unknown> {
  const parsed = parseEvent(message);
  return parsed.ok ? idsOf(parsed.event) : {};
}
