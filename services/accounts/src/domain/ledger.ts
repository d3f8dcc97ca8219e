import type { KeyedRequest, StoredReply } from '@mainstay/service/requests';
import type { Transfer } from './transfer.js';

/** Money from one account to another, at most once for each (caller, route, key). */
export interface Posting extends KeyedRequest {
  callerId: string;
  /** Undefined for a deposit: the money comes from the currency's world account. */
  fromAccountId: string | undefined;
  toAccountId: string;
  /** Minor units, 1 … 10^12. */
  amount: number;
  memo: string | null;
}

/** The ledger's store, as the domain needs it. */
export interface Ledger {
  /**
   * Commits the key, the entries, the balances, the event and the reply, or nothing. `decidePosting` has the rules.
   * @throws AppError not_found · currency_mismatch · insufficient_funds · balance_limit · idempotency_key_reused · idempotency_in_progress ·
   *   unavailable · deadline_exceeded
   */
  post(posting: Posting): Promise<StoredReply>;
  /** A transfer that the caller is a party to, otherwise undefined. */
  findTransfer(callerId: string, transferId: string): Promise<Transfer | undefined>;
}
