import { setTimeout as delay } from 'node:timers/promises';
import type { EventEnvelope, EventStream } from '@mainstay/events';
import type { Log } from '@mainstay/logging';

/** The position of a row in the *outbox*. The outbox is a table of events, sorted by `xid` and then by `id`. */
export interface OutboxPosition {
  /** A text that identifies the history of the database. A restore or a failover changes the text. */
  lineage: string;
  /** The id of the transaction that added the row. */
  xid: string;
  id: string;
}

export interface OutboxBatch {
  events: EventEnvelope[];
  /** The position of the last event in `events`. */
  end: OutboxPosition | undefined;
  /** The age of the oldest unsent event in seconds. The value is 0 if every event was sent. */
  lagS: number;
}

/** The queries of the relay. */
export interface Outbox {
  /**
   * Returns whether this process must send the events. If two processes send the same batch, the stream accepts the
   * batch once.
   */
  isMine(): Promise<boolean>;
  lineage(): Promise<string>;
  /**
   * Returns at most `limit` rows that follow `position`. The row at `until` is the last possible row. A row is returned
   * only when all older transactions have ended.
   */
  readAfter(position: OutboxPosition | undefined, limit: number, until?: OutboxPosition): Promise<OutboxBatch>;
  /**
   * Returns the position of the newest row that `readAfter` can return now. Returns undefined if `readAfter` can return
   * no row.
   */
  newest(): Promise<OutboxPosition | undefined>;
  /** Counts the rows after `position`, and stops at `max`. */
  countAfter(position: OutboxPosition | undefined, max: number): Promise<number>;
  close(): Promise<void>;
}

export interface OutboxRelayOptions {
  outbox: Outbox;
  stream: Pick<EventStream, 'readCursor' | 'publishBatch'>;
  log: Log;
  /** If the stream has this number of messages or more, the relay pauses. */
  backlogMax: number;
  onProgress?: (progress: { lagS: number; relayed: number }) => void;
}

const BATCH_MAX = 500;
/** A *replay* sends old events again. A replay pauses if the stream has this number of messages or more. */
const REPLAY_BACKLOG_MAX = 1_000;
const POLL_MS = 100;
const STANDBY_MS = 1_000;

/**
 * Sends every committed event to the stream, at least once and in order. Redis stores the *cursor*, the position of the
 * newest sent event. If Redis loses recent data, the cursor also returns to an older position, so the relay sends the
 * lost events again.
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
        // The relay cannot read the age of unsent events now. So report the time since `relayOnce` last succeeded.
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
 * Sends a batch of new events. If the outbox has no new event but the cursor contains a replay, sends the next batch of
 * the replay. Returns the milliseconds to wait before the next call.
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
  // `full` means that the stream has `limit` messages or more. A replay has a low `limit`, so the consumer soon brings
  // the stream below `limit`. Therefore a replay waits only for the short time `POLL_MS`.
  return result.outcome === 'full' && !live.end ? POLL_MS : STANDBY_MS;
}

async function historyOf(outbox: Outbox, replay: RelayCursor['replay']): Promise<OutboxBatch> {
  return replay ? outbox.readAfter(replay.after, BATCH_MAX, replay.until) : { events: [], end: undefined, lagS: 0 };
}

function cursorAfter(cursor: RelayCursor | undefined, live: OutboxBatch, batch: OutboxBatch): string | undefined {
  const { replay } = cursor ?? {};
  if (live.end) return cursorOf({ live: live.end, replay });
  if (!cursor || !replay) return undefined;
  const isOver = batch.end === undefined || batch.events.length < BATCH_MAX;
  return cursorOf({ live: cursor.live, ...(!isOver && { replay: { ...replay, after: batch.end } }) });
}

/** Every event up to `live` was sent or is in `replay`, the range of events that the relay sends again. */
export interface RelayCursor {
  live: OutboxPosition;
  replay?: { after: OutboxPosition | undefined; until: OutboxPosition } | undefined;
}

/**
 * Returns a cursor that makes the relay send all events after `after` again. Returns undefined if `newest` is
 * undefined.
 */
export function startOver(newest: OutboxPosition | undefined, after?: OutboxPosition): RelayCursor | undefined {
  return newest && { live: newest, replay: { after, until: newest } };
}

/**
 * Returns `lineage|xid|id`, plus `|afterXid|afterId|untilXid|untilId` during a replay. Do not change the first three
 * fields, because release 0.1.0 reads these fields.
 */
export function cursorOf({ live, replay }: RelayCursor): string {
  const { after, until } = replay ?? {};
  const range = until ? [after?.xid ?? '0', after?.id ?? FIRST_ID, until.xid, until.id] : [];
  return [live.lineage, live.xid, live.id, ...range].join('|');
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Parses a text that `cursorOf` returned. Returns undefined if the text is null or contains a lineage other than
 * `lineage`.
 */
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
  await delay(ms, undefined, { signal }).catch(() => undefined); // `close` ended the pause
}
