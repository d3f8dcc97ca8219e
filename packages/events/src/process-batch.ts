import { parseEvent, type EventEnvelope } from './envelope.js';
import { instantOfId } from './event-id.js';
import type { EventStore, ReceivedEvent } from './event-store.js';
import { isKnownType, type EventType } from './event-types.js';
import { LeaseLostError } from './lease.js';
import { backoffMs, pause } from './pause.js';
import { positionOf } from './position.js';
import type { Settlement } from './settle.js';
import type { StreamRead } from './stream-reader.js';

/** The outcome of one message. A metric can use `type` as a label, because `type` has few different values. */
export interface Consumed {
  type: EventType | 'unknown';
  outcome: 'stored' | 'duplicate' | 'dead_lettered';
  /**
   * Milliseconds from the event until the event was stored. Absent for duplicates, for dead letters, and for old events
   * that the relay has sent again.
   */
  lagMs?: number;
}

export interface ProcessedBatch extends Settlement {
  /**
   * Number of this batch's stored events that the relay has sent again, divided by the number of all stored events of
   * this batch.
   */
  readonly historyShare: number;
  readonly consumed: readonly Consumed[];
  /** Events that the store did not have before. Old events that the relay has sent again are omitted. */
  readonly fresh: readonly EventEnvelope[];
}

type Dead = Settlement['dead'][number];
interface Arrived extends ReceivedEvent {
  readonly streamId: string;
  readonly text: string;
}

/**
 * Stores a batch. A message that the store refuses `attemptsMax` times becomes a dead letter.
 * @throws an error if the store is down; the caller must then acknowledge no message of the batch
 */
export async function processBatch(
  { messages, replayHorizonMs }: StreamRead,
  store: EventStore,
  attemptsMax: number,
  signal: AbortSignal,
): Promise<ProcessedBatch> {
  const dead: Dead[] = [];
  const arrived: Arrived[] = [];
  for (const { streamId, text } of messages) {
    if (text === null) continue;
    const parsed = parseEvent(text);
    if (!parsed.ok) dead.push({ streamId, text, reason: parsed.reason });
    else arrived.push({ ...received(parsed.event, streamId, replayHorizonMs), streamId, text });
  }
  const { inserted, refused } = await saveWithAttempts(arrived, store, attemptsMax, signal);
  dead.push(...refused);

  const deadIds = new Set(dead.map(({ streamId }) => streamId));
  const stored = arrived.filter(({ streamId }) => !deadIds.has(streamId));
  const firsts = new Set(inserted);
  const news = stored.filter(({ event, replayed }) => !replayed || inserted.has(event.id));
  const unseen = new Set(inserted);
  const fresh = stored.filter(({ event, replayed }) => unseen.delete(event.id) && !replayed);
  return {
    fresh: fresh.map(({ event }) => event),
    streamIds: messages.map(({ streamId }) => streamId),
    dead,
    historyShare: stored.filter(({ replayed }) => replayed).length / Math.max(stored.length, 1),
    subjects: [...new Set(news.flatMap(({ event }) => event.subjects))],
    consumed: [
      ...stored.map((one) => consumedOf(one, firsts)),
      ...dead.map(({ text }): Consumed => ({ type: typeOf(text), outcome: 'dead_lettered' })),
    ],
  };
}

function received(event: EventEnvelope, streamId: string, replayHorizonMs: number): ReceivedEvent {
  return {
    event,
    position: positionOf(streamId),
    replayed: instantOfId(event.id).getTime() <= replayHorizonMs,
  };
}

async function saveWithAttempts(
  arrived: readonly Arrived[],
  store: EventStore,
  attemptsMax: number,
  signal: AbortSignal,
): Promise<{ inserted: Set<string>; refused: Dead[] }> {
  const inserted = new Set<string>();
  let waiting = arrived;
  for (let attempt = 1; waiting.length > 0; attempt += 1) {
    const saved = await store.save(waiting);
    for (const id of saved.inserted) inserted.add(id);
    const reasons = new Map(saved.refused.map(({ eventId, reason }) => [eventId, reason]));
    waiting = waiting.filter(({ event }) => reasons.has(event.id));
    if (attempt >= attemptsMax) {
      const refused = waiting.map(({ event, streamId, text }) => ({
        streamId,
        text,
        reason: `refused by the store: ${reasons.get(event.id) ?? ''}`,
      }));
      return { inserted, refused };
    }
    if (waiting.length === 0) break;
    // The whole batch waits, because the watermark must not pass an unstored event.
    await pause(backoffMs(attempt, 1_000), signal);
    if (signal.aborted) throw new LeaseLostError();
  }
  return { inserted, refused: [] };
}

/** If a batch contains an event twice, the second copy counts as a duplicate. */
function consumedOf({ event, replayed }: ReceivedEvent, firsts: Set<string>): Consumed {
  const type = isKnownType(event.type) ? event.type : 'unknown';
  if (!firsts.delete(event.id)) return { type, outcome: 'duplicate' };
  // eslint-disable-next-line no-restricted-properties -- another host wrote the time of day of the event
  const lag = replayed ? {} : { lagMs: Math.max(0, Date.now() - instantOfId(event.id).getTime()) };
  return { type, outcome: 'stored', ...lag };
}

function typeOf(text: string): Consumed['type'] {
  const parsed = parseEvent(text);
  return parsed.ok && isKnownType(parsed.event.type) ? parsed.event.type : 'unknown';
}
