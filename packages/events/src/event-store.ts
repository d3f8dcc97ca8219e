import type { EventEnvelope } from './envelope.js';

/** An event that the consumer has read from the stream, before it is stored. */
export interface ReceivedEvent {
  readonly event: EventEnvelope;
  /** The event's position in the stream, as text that sorts in stream order. */
  readonly position: string;
  /** True if this event counts as an old event that the relay has sent again. Live feeds omit such events. */
  readonly replayed: boolean;
}

export interface SaveResult {
  /** The ids of the events that the store did not have before. */
  readonly inserted: ReadonlySet<string>;
  /** Events that the store refuses permanently. All other events are stored. */
  readonly refused: readonly { readonly eventId: string; readonly reason: string }[];
}

/** The operations that the consumer needs. Each call returns or throws within a bounded time. */
export interface EventStore {
  /**
   * Stores each event durably. Skips an event whose id is already stored.
   * @throws an error if the store is down; the consumer then saves the batch again
   */
  save(events: readonly ReceivedEvent[]): Promise<SaveResult>;
  /** The marker that `writeMarker` stored last; null in a new or wiped store. */
  readMarker(): Promise<string | null>;
  /**
   * Stores a marker durably. A marker is a random text that Redis stores too. If the two texts differ, Redis or the
   * event store may have lost data. The call also creates the required indexes, because the event store can be new or
   * wiped.
   */
  writeMarker(marker: string): Promise<void>;
}
