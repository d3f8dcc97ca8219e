import { AppError } from '@mainstay/errors';

export interface Item {
  id: string;
  name: string;
}

/** The interface to the stored items. */
export interface Items {
  list(): Promise<readonly Item[]>;
  find(id: string): Promise<Item | undefined>;
}

/** @throws AppError not_found if no item has this id */
export async function findItem({ items }: { items: Items }, id: string): Promise<Item> {
  const item = await items.find(id);
  if (!item) throw new AppError('not_found', 'This item does not exist.');
  return item;
}
