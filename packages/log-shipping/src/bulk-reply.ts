import type { ItemReply } from './deliver.js';

/**
 * Returns the store's result for each document.
 * @throws Error if the reply is not a bulk reply with `count` items, such as a proxy's error page
 */
export function parseBulkReply(reply: unknown, count: number): ItemReply[] {
  const { items } = (reply ?? {}) as { items?: unknown };
  if (!Array.isArray(items) || items.length !== count)
    throw new Error('the log store’s reply is not a reply to a bulk request');
  return items.map((item: { create?: { status?: number; error?: { reason?: string } } }) => ({
    status: item.create?.status ?? 500,
    reason: item.create?.error?.reason,
  }));
}
