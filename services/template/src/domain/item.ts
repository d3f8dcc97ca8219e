import { AppError } from '@mainstay/errors';

/** One thing that this service knows. */
export interface Item {
  id: string;
  name: string;
}

/** The items' store, as the domain needs it. */
export interface Items {
  list(): Promise<readonly Item[]>;
  find(id: string): Promise<Item | undefined>;
}

/** The item with this id. @throws AppError not_found */
export async function findItem({ items }: { items: Items }, id: string): Promise<Item> {
  const item = await items.find(id);
  if (!item) throw new AppError('not_found', 'This item does not exist.');
  return item;
}
