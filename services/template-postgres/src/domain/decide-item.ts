import type { Item } from './item.js';

export interface ItemOrder {
  ownerId: string;
  item: Item;
}

/** Names that users have already given to items. Each element is a result of `nameOf`. */
export type TakenNames = Set<string>;

export const nameOf = (ownerId: string, name: string) => `${ownerId} ${name}`;

/** Decides one order, and adds an accepted name to `taken`. */
export function decideItem(taken: TakenNames, { ownerId, item }: ItemOrder): 'added' | 'name_taken' {
  const name = nameOf(ownerId, item.name);
  if (taken.has(name)) return 'name_taken';
  taken.add(name);
  return 'added';
}
