import { setTimeout as delay } from 'node:timers/promises';
import type { EventEnvelope, EventStream } from '@mainstay/events';
import type { Log } from '@mainstay/logging';

/** A position in the outbox: the lineage (the identity of the database's history), and the xid and id of a row. */
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
   * The age of the oldest waiting event, in seconds. An older open transaction may keep that event out of the batch. 0
   * if no event waits.
   */
  lagS: number;
}

/** The operations on the outbox that the relay needs. */
export interface Outbox {
  /** Whether this process should relay. This only saves work, because two relays do no harm. */
  isMine(): Promise<boolean>;
  /** The identity of the database's history. It changes with a restore or a failover. */
  lineage(): Promise<string>;
  /**
   * Returns committed rows after `position`, or from the start, up to `until`, ordered by (xid, id). Rows at or above
   * the oldest running transaction are left out.
   */
  readAfter(position: OutboxPosition | undefined, limit: number, until?: OutboxPosition): Promise<OutboxBatch>;
  /** The position of the last row that `readAfter` can return now, or undefined. */
  newest(): Promise<OutboxPosition | undefined>;
  /** Counts the rows after `position`, including rows that wait for an older transaction. Stops at `max`. */
  countAfter(position: OutboxPosition | undefined, max: number): Promise<number>;
  close(): Promise<void>;
}

export interface OutboxRelayOptions {
  outbox: Outbox;
  stream: Pick<EventStream, 'readCursor' | 'publishBatch'>;
  log: Log;
  /**
   * The maximum number of messages in the stream. At the maximum the relay pauses, so the outbox grows and Redis does
   * not.
   */
  backlogMax: number;
  onProgress?: (progress: { lagS: number; relayed: number }) => void;
}

const BATCH_MAX = 500;
/** If the stream has this many messages, the relay does not add old events, so that live events do not wait long. */
const REPLAY_BACKLOG_MAX = 1_000;
const POLL_MS = 100;
const STANDBY_MS = 1_000;

/**
 * Sends every committed row of the outbox to the stream, at least once and in order, until it is closed. Repeated
 * history (old events that are sent again) waits for live events.
 *
 * The cursor is in Redis beside the stream and is read before each batch. So a Redis that loses data also loses the
 * cursor's last moves, and the relay sends the lost events again. The stream refuses a batch if the cursor has changed
 * since the batch was read.
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
        // The relay cannot read the waiting events. Report the time since its last success as the lag.
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
 * Sends one batch: live events, or repeated history if no live event waits. Resolves with the milliseconds to wait
 * before the next batch. Without a cursor of this database, all events in the outbox count as history, so that new
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
  // Repeated history fills only a short queue, so try again soon. Otherwise pause longer: the stream is full, or another
  // relay or an operator has moved the cursor. The other relay then works alone for a while.
  return result.outcome === 'full' && !live.end ? POLL_MS : STANDBY_MS;
}

async function historyOf(outbox: Outbox, replay: RelayCursor['replay']): Promise<OutboxBatch> {
  return replay ? outbox.readAfter(replay.after, BATCH_MAX, replay.until) : { events: [], end: undefined, lagS: 0 };
}

/** Returns the next cursor, or undefined if the cursor does not change. */
function cursorAfter(cursor: RelayCursor | undefined, live: OutboxBatch, batch: OutboxBatch): string | undefined {
  const { replay } = cursor ?? {};
  if (live.end) return cursorOf({ live: live.end, replay });
  if (!cursor || !replay) return undefined;
  const isOver = batch.end === undefined || batch.events.length < BATCH_MAX;
  return cursorOf({ live: cursor.live, ...(!isOver && { replay: { ...replay, after: batch.end } }) });
}

/**
 * The relay's cursor. `live` is the last live event that was sent. `replay` is the part of the history that the relay
 * repeats.
 */
export interface RelayCursor {
  live: OutboxPosition;
  replay?: { after: OutboxPosition | undefined; until: OutboxPosition } | undefined;
}

/** Returns the cursor that sends everything after `after` again and then continues. Undefined for an empty outbox. */
export function startOver(newest: OutboxPosition | undefined, after?: OutboxPosition): RelayCursor | undefined {
  return newest && { live: newest, replay: { after, until: newest } };
}

/**
 * The cursor as text in Redis. The first three fields are the lineage of the database, and the xid and id of the last
 * live event. During a replay, four fields follow: the xid and id of its start, and the xid and id of its end. Release
 * 0.1.0 reads only the first three fields.
 */
export function cursorOf({ live, replay }: RelayCursor): string {
  const { after, until } = replay ?? {};
  const range = until ? [after?.xid ?? '0', after?.id ?? FIRST_ID, until.xid, until.id] : [];
  return [live.lineage, live.xid, live.id, ...range].join('|');
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Parses the stored text. Returns undefined if it is missing or belongs to another database. */
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
  await delay(ms, undefined, { signal }).catch(() => undefined); // `close` ends the pause
}
