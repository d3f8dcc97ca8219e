import { AppError } from '@mainstay/errors';
import type { KeyedRequest, StoredReply } from '@mainstay/service/requests';

export interface Item {
  id: string;
  name: string;
  createdAt: string;
}

/** The interface to the stored items. */
export interface Items {
  /**
   * Commits the item, the event and the reply, or nothing.
   * @throws AppError invalid_request · idempotency_key_reused · idempotency_in_progress · unavailable ·
   * deadline_exceeded
   */
  add(ownerId: string, request: KeyedRequest, item: Pick<Item, 'name'>): Promise<StoredReply>;
  /** Returns the items after `afterId`, oldest first. */
  list(ownerId: string, page: { afterId: string | undefined; limit: number }): Promise<Item[]>;
  find(ownerId: string, id: string): Promise<Item | undefined>;
}

/** @throws AppError not_found if the user has no item with this id */
export async function findItem({ items }: { items: Items }, ownerId: string, id: string): Promise<Item> {
  const item = await items.find(ownerId, id);
  if (!item) throw new AppError('not_found', 'You have no such item.');
  return item;
}
