import type { EventEnvelope } from './envelope.js';

/** An event on its way into the store. */
export interface ReceivedEvent {
  readonly event: EventEnvelope;
  /** Its position in the stream, as text that sorts in stream order. */
  readonly position: string;
  /** The event is repeated history: live feeds omit it. */
  readonly replayed: boolean;
}

export interface SaveResult {
  /** Ids that were not stored before. */
  readonly inserted: ReadonlySet<string>;
  /** Events that the store refuses permanently; all others are stored. */
  readonly refused: readonly { readonly eventId: string; readonly reason: string }[];
}

/** What the consumer needs of an event store. Each call returns or throws within a bounded time. */
export interface EventStore {
  /**
   * Keeps each event once, under its id, durably. An existing id stays unchanged. Throws if the store is down: then
   * the outcome is unknown, and the batch is saved again later.
   */
  save(events: readonly ReceivedEvent[]): Promise<SaveResult>;
  /** The last mark of `writeMarker`; null in a new or wiped store. */
  readMarker(): Promise<string | null>;
  /** Writes a mark durably. The store may be empty: required indexes are made as well. */
  writeMarker(marker: string): Promise<void>;
}
