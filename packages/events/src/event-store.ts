import type { EventEnvelope } from './envelope.js';

/** An event on its way into the store. */
export interface ReceivedEvent {
  readonly event: EventEnvelope;
  /** Where it stood in the stream, as text that sorts. */
  readonly position: string;
  /** It is history sent again, not news: live feeds leave it out. */
  readonly replayed: boolean;
}

export interface SaveResult {
  /** Ids that were not there before. */
  readonly inserted: ReadonlySet<string>;
  /** Events that the store will not take for what they are; everything else is stored. */
  readonly refused: readonly { readonly eventId: string; readonly reason: string }[];
}

/** What the consumer needs of a place that keeps events. Each call answers or throws within a bounded time. */
export interface EventStore {
  /**
   * Keeps each event once, under its id, durably; an id that is there already stays as it is.
   * Throws where the store is away: then nothing is known of the batch, and it is saved again later.
   */
  save(events: readonly ReceivedEvent[]): Promise<SaveResult>;
  /** The mark that `writeMarker` left last; null in a store that is new or was wiped. */
  readMarker(): Promise<string | null>;
  /** Leaves a mark, durably. The store may be empty: whatever it needs beside the mark (indexes) is made as well. */
  writeMarker(marker: string): Promise<void>;
}
