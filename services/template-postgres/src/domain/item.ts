import { AppError } from '@mainstay/errors';
import type { KeyedRequest, StoredReply } from '@mainstay/service/requests';

/** Something that belongs to a user. */
export interface Item {
  id: string;
  name: string;
  createdAt: string;
}

/** The items' store, as the domain needs it. */
export interface Items {
  /**
   * Commits the item, the reply for the key, and the event, or nothing. `decideItem` has the rules.
   * @throws AppError invalid_request · idempotency_key_reused · idempotency_in_progress · unavailable · deadline_exceeded
   */
  add(ownerId: string, request: KeyedRequest, item: Pick<Item, 'name'>): Promise<StoredReply>;
  /** Oldest first. */
  list(ownerId: string, page: { afterId: string | undefined; limit: number }): Promise<Item[]>;
  find(ownerId: string, id: string): Promise<Item | undefined>;
}

/** The user's item with this id. @throws AppError not_found */
export async function findItem({ items }: { items: Items }, ownerId: string, id: string): Promise<Item> {
  const item = await items.find(ownerId, id);
  if (!item) throw new AppError('not_found', 'You have no such item.');
  return item;
}
