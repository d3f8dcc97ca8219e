import type { ItemReply } from './deliver.js';

/**
 * What the store said of each document.
 * @throws Error where the reply is none to a bulk request of so many documents, as that of a proxy in between
 */
export function parseBulkReply(reply: unknown, count: number): ItemReply[] {
  const { items } = (reply ?? {}) as { items?: unknown };
  if (!Array.isArray(items) || items.length !== count)
    throw new Error('the log store’s reply is not one to a bulk request');
  return items.map((item: { create?: { status?: number; error?: { reason?: string } } }) => ({
    status: item.create?.status ?? 500,
    reason: item.create?.error?.reason,
  }));
}
