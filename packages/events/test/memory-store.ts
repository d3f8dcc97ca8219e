import type { EventStore, ReceivedEvent } from '../src/index.js';

export interface MemoryStore extends EventStore {
  readonly events: Map<string, ReceivedEvent>;
  marker: string | null;
  isAway: boolean;
  /** `save` refuses the events whose ids are in this map. The value is the number of past refusals of the event. */
  readonly refusals: Map<string, number>;
  /** `save` stores the events, then waits for this function before `save` returns. */
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
