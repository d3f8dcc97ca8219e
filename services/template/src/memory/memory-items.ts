import type { Item, Items } from '../domain/item.js';

const known: readonly Item[] = [
  { id: 'first', name: 'The first item' },
  { id: 'second', name: 'The second item' },
];

/** The source code contains the items, so every process has the same items. */
export function createMemoryItems(items: readonly Item[] = known): Items {
  return {
    list: () => Promise.resolve(items),
    find: (id) => Promise.resolve(items.find((item) => item.id === id)),
  };
}
