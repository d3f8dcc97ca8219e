import { AppError } from '@mainstay/errors';

/** An item belongs to a user. The user chooses the id of the item. */
export interface Item {
  id: string;
  name: string;
}

/** The interface to the stored items. Each function can throw AppError unavailable. */
export interface Items {
  /** Adds the item, or replaces the item with the same id. */
  put(ownerId: string, item: Item): Promise<void>;
  /** Returns the items after `afterId`, sorted by id. */
  list(ownerId: string, page: { afterId: string | undefined; limit: number }): Promise<Item[]>;
  find(ownerId: string, id: string): Promise<Item | undefined>;
}

/** @throws AppError not_found if the user has no item with this id */
export async function findItem({ items }: { items: Items }, ownerId: string, id: string): Promise<Item> {
  const item = await items.find(ownerId, id);
  if (!item) throw new AppError('not_found', 'You have no such item.');
  return item;
}
