import type { ErrorCode } from '@mainstay/errors';
import type { BookAccount, Books } from './books.js';
import type { Transfer } from './transfer.js';

/** Highest balance of a user's account: 2^53 − 1. A JSON number represents every integer up to this value exactly. */
export const BALANCE_MAX = 9_007_199_254_740_991n;

/** A request to move money. The request already contains the ids of the transfer and of its two entries. */
export interface PostingOrder {
  callerId: string;
  /** Account that pays the money. Undefined for a deposit, which comes from the world account of the currency. */
  fromAccountId: string | undefined;
  toAccountId: string;
  /** Amount in minor units, 1 … 10^12. */
  amount: number;
  memo: string | null;
  transferId: string;
  fromEntryId: string;
  toEntryId: string;
}

export type PostingRefusal = Extract<
  ErrorCode,
  'not_found' | 'currency_mismatch' | 'insufficient_funds' | 'balance_limit'
>;

export type PostingDecision =
  { outcome: 'posted'; transfer: Transfer; source: BookAccount; target: BookAccount } | { outcome: PostingRefusal };

/**
 * Decides whether the order is posted, but does not change `books`. If the order is refused, `outcome` is the error
 * code. If the order is posted, the caller must put `source` and `target` into the books.
 */
export function decidePosting(books: Books, order: PostingOrder): PostingDecision {
  const isDeposit = order.fromAccountId === undefined;
  const target = books.account(order.toAccountId);
  if (typeof target?.ownerId !== 'string') return { outcome: 'not_found' };
  if (isDeposit && target.ownerId !== order.callerId) return { outcome: 'not_found' };
  const source = order.fromAccountId === undefined ? books.world(target.currency) : books.account(order.fromAccountId);
  if (!source) return { outcome: 'not_found' };
  if (!isDeposit && source.ownerId !== order.callerId) return { outcome: 'not_found' };
  if (source.currency !== target.currency) return { outcome: 'currency_mismatch' };
  const amount = BigInt(order.amount);
  if (!isDeposit && source.balance < amount) return { outcome: 'insufficient_funds' };
  if (target.balance > BALANCE_MAX - amount) return { outcome: 'balance_limit' };
  return post(books.now, order, source, target);
}

function post(now: Date, order: PostingOrder, source: BookAccount, target: BookAccount): PostingDecision {
  const createdAt = latest(now, source.newestEntryAt, target.newestEntryAt);
  const amount = BigInt(order.amount);
  const sourceAfter = book(source, -amount, createdAt);
  const targetAfter = book(target, amount, createdAt);
  return {
    outcome: 'posted',
    source: sourceAfter,
    target: targetAfter,
    transfer: {
      id: order.transferId,
      fromAccountId: source.id,
      toAccountId: target.id,
      amount: order.amount,
      currency: source.currency,
      memo: order.memo,
      createdAt,
      entries: [
        entryOf(order.fromEntryId, sourceAfter, -order.amount),
        entryOf(order.toEntryId, targetAfter, order.amount),
      ],
    },
  };
}

function book(account: BookAccount, amount: bigint, createdAt: Date): BookAccount {
  return {
    ...account,
    balance: account.balance + amount,
    sequence: account.sequence + 1,
    newestEntryAt: createdAt,
  };
}

function entryOf(id: string, { id: accountId, ownerId, sequence, balance }: BookAccount, amount: number) {
  return { id, accountId, ownerId, amount, sequence, balanceAfter: balance };
}

function latest(now: Date, ...times: (Date | null)[]): Date {
  return new Date(Math.max(now.getTime(), ...times.map((time) => time?.getTime() ?? 0)));
}
