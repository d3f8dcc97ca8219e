import { setTimeout as delay } from 'node:timers/promises';
import type { EventEnvelope, EventStream } from '@mainstay/events';
import type { Log } from '@mainstay/logging';

/** The relay's position: the history (PostgreSQL lineage), and the last published row. */
export interface OutboxPosition {
  lineage: string;
  xid: string;
  id: string;
}

export interface OutboxBatch {
  events: EventEnvelope[];
  /** The position of the last event; undefined for an empty batch. */
  end: OutboxPosition | undefined;
  /**
   * Age of the oldest waiting event, in seconds, also if an older transaction keeps it out of the batch; 0 if there
   * is none.
   */
  lagS: number;
}

/** The outbox's store, as the relay needs it. */
export interface Outbox {
  /** True while this process is the one that relays. It only saves work: two relays do no harm. */
  isMine(): Promise<boolean>;
  /** The lineage of the database; it changes with a restore or a failover. */
  lineage(): Promise<string>;
  /**
   * Committed rows after `position` (without it: from the start) up to `until`, in (xid, id) order, below every running
   * transaction.
   */
  readAfter(position: OutboxPosition | undefined, limit: number, until?: OutboxPosition): Promise<OutboxBatch>;
  /** The last row that `readAfter` returns now, if any. */
  newest(): Promise<OutboxPosition | undefined>;
  /** How many rows follow `position`, including those that wait for an older transaction; at most `max` are counted. */
  countAfter(position: OutboxPosition | undefined, max: number): Promise<number>;
  close(): Promise<void>;
}

export interface OutboxRelayOptions {
  outbox: Outbox;
  stream: Pick<EventStream, 'readCursor' | 'publishBatch'>;
  log: Log;
  /** The relay pauses while the stream holds more: then the outbox grows, and Redis does not. */
  backlogMax: number;
  onProgress?: (progress: { lagS: number; relayed: number }) => void;
}

const BATCH_MAX = 500;
/** Repeated history waits while the stream holds more messages than this, so that live events have a short queue. */
const REPLAY_BACKLOG_MAX = 1_000;
const POLL_MS = 100;
const STANDBY_MS = 1_000;

/**
 * Sends every committed outbox row to the stream, at least once and in order, until it is closed. Repeated history
 * waits for live events. The cursor is in Redis beside the stream and is read before each batch, so a Redis that lost
 * its last seconds, or everything, rolls the cursor back with the data. Publishing compares it, so a batch that was
 * read from another cursor is dropped.
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
        if (isFailing) log.info('the relay continues');
        isFailing = false;
        caughtUpMs = performance.now();
        if (pauseMs > 0) await pause(pauseMs, stop.signal);
      } catch (error) {
        if (!isFailing) log.warn('the relay waits for its stores', { error });
        isFailing = true;
        // The waiting events could not be read. Report the lag since the relay last caught up.
        options.onProgress?.({ lagS: (performance.now() - caughtUpMs) / 1_000, relayed: 0 });
        await pause(STANDBY_MS, stop.signal);
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

/**
 * One batch: live events if there are any, otherwise a part of the repeated history. Resolves with the milliseconds
 * to wait before the next batch. Without a cursor of this database, all events in the outbox are history, so that new
 * events do not wait for them.
 */
async function relayOnce({ outbox, stream, backlogMax, onProgress }: OutboxRelayOptions): Promise<number> {
  if (!(await outbox.isMine())) {
    onProgress?.({ lagS: 0, relayed: 0 });
    return STANDBY_MS;
  }
  const expectedCursor = await stream.readCursor();
  const cursor = cursorFrom(expectedCursor, await outbox.lineage()) ?? startOver(await outbox.newest());
  const live = await outbox.readAfter(cursor?.live, BATCH_MAX);
  const batch = live.end ? live : await historyOf(outbox, cursor?.replay);
  const nextCursor = cursorAfter(cursor, live, batch);
  if (nextCursor === undefined) {
    onProgress?.({ lagS: live.lagS, relayed: 0 });
    return POLL_MS;
  }
  const limit = live.end ? backlogMax : Math.min(backlogMax, REPLAY_BACKLOG_MAX);
  const result = await stream.publishBatch({ expectedCursor, nextCursor, events: batch.events, backlogMax: limit });
  const relayed = result.outcome === 'published' ? batch.events.length : 0;
  onProgress?.({ lagS: live.lagS, relayed });
  if (result.outcome === 'published') return batch.events.length === BATCH_MAX ? 0 : POLL_MS;
  // If another relay moved the cursor, let it work alone for a while. If a rewind moved it, the rewind can wait.
  return result.outcome === 'full' && !live.end ? POLL_MS : STANDBY_MS;
}

async function historyOf(outbox: Outbox, replay: RelayCursor['replay']): Promise<OutboxBatch> {
  return replay ? outbox.readAfter(replay.after, BATCH_MAX, replay.until) : { events: [], end: undefined, lagS: 0 };
}

/** Undefined if there is nothing to publish and no replay to end. */
function cursorAfter(cursor: RelayCursor | undefined, live: OutboxBatch, batch: OutboxBatch): string | undefined {
  const { replay } = cursor ?? {};
  if (live.end) return cursorOf({ live: live.end, replay });
  if (!cursor || !replay) return undefined;
  const isOver = batch.end === undefined || batch.events.length < BATCH_MAX;
  return cursorOf({ live: cursor.live, ...(!isOver && { replay: { ...replay, after: batch.end } }) });
}

/** The relay's position: live events after `live`, and the part of the history, if any, that the relay repeats. */
export interface RelayCursor {
  live: OutboxPosition;
  replay?: { after: OutboxPosition | undefined; until: OutboxPosition } | undefined;
}

/** The cursor that sends everything after `after` again, and then continues; undefined for an empty outbox. */
export function startOver(newest: OutboxPosition | undefined, after?: OutboxPosition): RelayCursor | undefined {
  return newest && { live: newest, replay: { after, until: newest } };
}

/**
 * The cursor as text in Redis: lineage, xid and id of the last live event, then xid and id of both ends of the
 * replay. Releases before 0.2 read only the first three.
 */
export function cursorOf({ live, replay }: RelayCursor): string {
  const { after, until } = replay ?? {};
  const range = until ? [after?.xid ?? '0', after?.id ?? FIRST_ID, until.xid, until.id] : [];
  return [live.lineage, live.xid, live.id, ...range].join('|');
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** The stored text, parsed; undefined without one, and for a cursor of another database. */
export function cursorFrom(text: string | null, lineage: string): RelayCursor | undefined {
  const [from, xid, id, afterXid, afterId, untilXid, untilId] = text?.split('|') ?? [];
  if (from !== lineage || !xid || !id) return undefined;
  const live = { lineage, xid, id };
  if (!afterXid || !afterId || !untilXid || !untilId) return { live };
  return {
    live,
    replay: { after: { lineage, xid: afterXid, id: afterId }, until: { lineage, xid: untilXid, id: untilId } },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined); // woken by close()
}
