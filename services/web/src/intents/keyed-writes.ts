import { answered, api } from '../api/client.js';
import type { Account, Transfer } from '../api/queries.js';
import { shortId } from '../live/short-id.js';
import { formatMoney } from '../money/money.js';
import type { Strings } from '../strings/en.js';

/** The texts for a keyed write: `open` for the notice until the final reply, `done` for the message after a success. */
interface Telling {
  open: string;
  done: string;
}

interface Listener {
  accounts: readonly Account[];
  strings: Strings;
  locale: string;
}

/** An API request that requires an Idempotency-Key. */
interface KeyedWrite<Order, Reply> {
  /** Sends one attempt. Rejects with ApiError. */
  post: (order: Order, header: { 'Idempotency-Key': string }) => Promise<Reply>;
  tell: (order: Order, listener: Listener) => Telling;
  /** First elements of the query keys that this request makes outdated. */
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
 * All requests of the web UI with an Idempotency-Key. A request in this list is retried, stored in the browser, and
 * shown in a notice until its final reply.
 */
export const keyedWrites = { transfer, deposit };

export type WriteKind = keyof typeof keyedWrites;
export type OrderOf<Kind extends WriteKind> = Parameters<(typeof keyedWrites)[Kind]['post']>[0];
export type ReplyOf<Kind extends WriteKind> = Awaited<ReturnType<(typeof keyedWrites)[Kind]['post']>>;

/** Returns `keyedWrites[kind]`, typed for orders of this kind. */
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
