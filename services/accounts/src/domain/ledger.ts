import type { KeyedRequest, StoredReply } from '@mainstay/service/requests';
import type { Transfer } from './transfer.js';

/**
 * A request to move money. The ledger moves the money at most once for each combination of caller, route and key. A key
 * is deleted after two days.
 */
export interface Posting extends KeyedRequest {
  callerId: string;
  /** Account that pays the money. Undefined for a deposit, which comes from the world account of the currency. */
  fromAccountId: string | undefined;
  toAccountId: string;
  /** Amount in minor units, 1 … 10^12. */
  amount: number;
  memo: string | null;
}

/** The interface to the stored ledger. */
export interface Ledger {
  /**
   * Commits the reply, the entries, the balances and the event in one transaction.
   * @throws AppError not_found · currency_mismatch · insufficient_funds · balance_limit · idempotency_key_reused ·
   * idempotency_in_progress · unavailable · deadline_exceeded
   */
  post(posting: Posting): Promise<StoredReply>;
  /** Returns undefined if the caller owns neither account of the transfer. */
  findTransfer(callerId: string, transferId: string): Promise<Transfer | undefined>;
}
