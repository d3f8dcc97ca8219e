import type { KeyedRequest, StoredReply } from '@mainstay/service/requests';
import type { Transfer } from './transfer.js';

/** An order to move money. The ledger executes each combination of caller, route and key at most once. */
export interface Posting extends KeyedRequest {
  callerId: string;
  /** Undefined for a deposit: the money comes from a world account. */
  fromAccountId: string | undefined;
  toAccountId: string;
  /** Minor units, 1 … 10^12. */
  amount: number;
  memo: string | null;
}

/** The interface to the stored ledger. */
export interface Ledger {
  /**
   * Commits the reply, the entries, the balances and the event, or nothing.
   * @throws AppError not_found · currency_mismatch · insufficient_funds · balance_limit · idempotency_key_reused ·
   * idempotency_in_progress · unavailable · deadline_exceeded
   */
  post(posting: Posting): Promise<StoredReply>;
  /** Returns undefined if the caller owns neither account of the transfer. */
  findTransfer(callerId: string, transferId: string): Promise<Transfer | undefined>;
}
