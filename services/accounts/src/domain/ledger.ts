import type { StoredReply } from './idempotency.js';

/** Money on its way from one account to another, at most once for each (caller, route, key). */
export interface Posting {
  callerId: string;
  route: string;
  key: string;
  fingerprint: Buffer;
  /** Undefined for a deposit: the money comes from the currency's world. */
  fromAccountId: string | undefined;
  toAccountId: string;
  /** Minor units, 1 … 10^12. */
  amount: number;
  memo: string | null;
}

/** What the domain needs of the ledger's store. */
export interface Ledger {
  /**
   * One transaction, one round trip: the key, the entries, the balances and the event, or nothing. Accounts are locked in id order.
   * @throws AppError not_found · currency_mismatch · insufficient_funds · balance_limit · idempotency_key_reused · idempotency_in_progress
   */
  post(posting: Posting): Promise<StoredReply>;
  /** The transfer as JSON text, as a party to it may see it; undefined for everybody else. */
  findTransfer(callerId: string, transferId: string): Promise<string | undefined>;
}
