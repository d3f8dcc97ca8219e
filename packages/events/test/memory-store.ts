import type { EventStore, ReceivedEvent } from '../src/index.js';

export interface MemoryStore extends EventStore {
  readonly events: Map<string, ReceivedEvent>;
  marker: string | null;
  /** While true, every call fails. */
  isAway: boolean;
  /** The ids that the store refuses, each with the number of attempts to save it. */
  readonly refusals: Map<string, number>;
  /** Runs in the middle of `save`, after the events are stored. */
  afterKeeping: () => Promise<void>;
}

export function createMemoryStore(): MemoryStore {
  const store: MemoryStore = {
    events: new Map(),
    marker: null,
    isAway: false,
    refusals: new Map(),
    afterKeeping: () => Promise.resolve(),
    async save(received) {
      if (store.isAway) throw new Error('away');
      const inserted = new Set<string>();
      const refused = [];
      for (const one of received) {
        const attempts = store.refusals.get(one.event.id);
        if (attempts !== undefined) {
          store.refusals.set(one.event.id, attempts + 1);
          refused.push({ eventId: one.event.id, reason: 'no' });
        } else if (!store.events.has(one.event.id)) {
          store.events.set(one.event.id, one);
          inserted.add(one.event.id);
        }
      }
      await store.afterKeeping();
      return { inserted, refused };
    },
    readMarker: () => (store.isAway ? Promise.reject(new Error('away')) : Promise.resolve(store.marker)),
    writeMarker(marker) {
      store.marker = marker;
      return Promise.resolve();
    },
  };
  return store;
}
