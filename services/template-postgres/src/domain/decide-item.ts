import type { Item } from './item.js';

/** A user's wish to add an item. */
export interface ItemOrder {
  ownerId: string;
  item: Item;
}

/** The names in use, of the users of one batch. */
export type TakenNames = Set<string>;

export const nameOf = (ownerId: string, name: string) => `${ownerId} ${name}`;

/** Decides one order, without I/O, and counts its name as taken: names of a user are unique. */
export function decideItem(taken: TakenNames, { ownerId, item }: ItemOrder): 'added' | 'name_taken' {
  const name = nameOf(ownerId, item.name);
  if (taken.has(name)) return 'name_taken';
  taken.add(name);
  return 'added';
}
