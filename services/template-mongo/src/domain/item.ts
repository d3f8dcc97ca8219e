import { AppError } from '@mainstay/errors';

/** Something that belongs to a user, who chooses its id. */
export interface Item {
  id: string;
  name: string;
}

/** The items' store, as the domain needs it. Each function can throw AppError unavailable. */
export interface Items {
  /** Adds or replaces. */
  put(ownerId: string, item: Item): Promise<void>;
  /** In the order of their ids. */
  list(ownerId: string, page: { afterId: string | undefined; limit: number }): Promise<Item[]>;
  find(ownerId: string, id: string): Promise<Item | undefined>;
}

/** The user's item with this id. @throws AppError not_found */
export async function findItem({ items }: { items: Items }, ownerId: string, id: string): Promise<Item> {
  const item = await items.find(ownerId, id);
  if (!item) throw new AppError('not_found', 'You have no such item.');
  return item;
}
