import type { Item } from './item.js';

/** A user's order to add an item. */
export interface ItemOrder {
  ownerId: string;
  item: Item;
}

/** The names that the users of one batch already use. */
export type TakenNames = Set<string>;

export const nameOf = (ownerId: string, name: string) => `${ownerId} ${name}`;

/** Decides one order, without I/O, and records its name as taken, because the names of a user are unique. */
export function decideItem(taken: TakenNames, { ownerId, item }: ItemOrder): 'added' | 'name_taken' {
  const name = nameOf(ownerId, item.name);
  if (taken.has(name)) return 'name_taken';
  taken.add(name);
  return 'added';
}
