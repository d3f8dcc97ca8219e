import { answered, api } from '../api/client.js';
import type { Account, Transfer } from '../api/queries.js';
import { shortId } from '../live/short-id.js';
import { formatMoney } from '../money/money.js';
import type { Strings } from '../strings/en.js';

/** The texts of the page about an order without a reply. */
interface Telling {
  open: string;
  done: string;
}

interface Listener {
  accounts: readonly Account[];
  strings: Strings;
  locale: string;
}

/** A request of the API that takes an Idempotency-Key. */
interface KeyedWrite<Order, Reply> {
  /** One attempt. Rejects with ApiError. */
  post: (order: Order, header: { 'Idempotency-Key': string }) => Promise<Reply>;
  tell: (order: Order, listener: Listener) => Telling;
  /** The first parts of the query keys that the write makes stale. */
  concerns: readonly string[];
}

export interface TransferOrder {
  fromAccountId: string;
  toAccountId: string;
  amount: number;
  currency: string;
  memo?: string;
}

export interface DepositOrder {
  accountId: string;
  amount: number;
  currency: string;
}

const transfer: KeyedWrite<TransferOrder, Transfer> = {
  post: ({ currency: _shown, ...body }, header) => answered(api.POST('/v1/transfers', { params: { header }, body })),
  tell: (order, listener) => tellPayment('transfer', order, order.toAccountId, listener),
  concerns: ['accounts', 'entries'],
};

const deposit: KeyedWrite<DepositOrder, Transfer> = {
  post: ({ accountId, amount }, header) =>
    answered(
      api.POST('/v1/accounts/{accountId}/deposits', { params: { header, path: { accountId } }, body: { amount } }),
    ),
  tell: (order, listener) => tellPayment('deposit', order, order.accountId, listener),
  concerns: ['accounts', 'entries'],
};

/**
 * Every keyed write of the page. To add one, add an entry here: it then has retries, storage, and a notice while it is
 * open.
 */
export const keyedWrites = { transfer, deposit };

export type WriteKind = keyof typeof keyedWrites;
export type OrderOf<Kind extends WriteKind> = Parameters<(typeof keyedWrites)[Kind]['post']>[0];
export type ReplyOf<Kind extends WriteKind> = Awaited<ReturnType<(typeof keyedWrites)[Kind]['post']>>;

/** The entry of a kind, for a caller that has an order of the same kind. */
export function keyedWrite<Kind extends WriteKind>(kind: Kind): KeyedWrite<OrderOf<Kind>, ReplyOf<Kind>> {
  return keyedWrites[kind] as unknown as KeyedWrite<OrderOf<Kind>, ReplyOf<Kind>>;
}

function tellPayment(
  kind: 'transfer' | 'deposit',
  { amount, currency }: { amount: number; currency: string },
  toAccountId: string,
  { accounts, strings, locale }: Listener,
): Telling {
  const money = formatMoney(amount, currency, locale);
  const to = accounts.find(({ id }) => id === toAccountId)?.name ?? shortId(toAccountId);
  return { open: strings.intents[kind](money, to), done: strings.intents.done(money) };
}
