import type { Item, Items } from '../domain/item.js';

const known: readonly Item[] = [
  { id: 'first', name: 'The first item' },
  { id: 'second', name: 'The second item' },
];

/** Items that are written in the source code, so they are the same in every process. */
export function createMemoryItems(items: readonly Item[] = known): Items {
  return {
    list: () => Promise.resolve(items),
    find: (id) => Promise.resolve(items.find((item) => item.id === id)),
  };
}
