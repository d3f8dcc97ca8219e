import { AppError, invalidField } from '@mainstay/errors';
import type { KeyedRequest, StoredReply } from '@mainstay/service/requests';
import type { Ledger } from './ledger.js';
import type { Transfer } from './transfer.js';

export interface TransferOrder {
  fromAccountId: string;
  toAccountId: string;
  amount: number;
  memo?: string | undefined;
}

/**
 * Moves money from the caller's account to any account, once for each idempotency key.
 * @throws AppError invalid_request · not_found · currency_mismatch · insufficient_funds · balance_limit ·
 * idempotency_key_reused · idempotency_in_progress
 */
export async function postTransfer(
  { ledger }: { ledger: Ledger },
  callerId: string,
  request: KeyedRequest,
  order: TransferOrder,
): Promise<StoredReply> {
  if (order.fromAccountId === order.toAccountId) throw invalidField('toAccountId', 'must be another account');
  return ledger.post({ callerId, ...request, ...order, memo: order.memo ?? null });
}

/**
 * Pays money from the world account of the currency into the caller's account. The deposit demonstrates money that
 * comes from outside the platform.
 * @throws AppError not_found · balance_limit · idempotency_key_reused · idempotency_in_progress
 */
export async function postDeposit(
  { ledger }: { ledger: Ledger },
  callerId: string,
  request: KeyedRequest,
  { toAccountId, amount }: { toAccountId: string; amount: number },
): Promise<StoredReply> {
  return ledger.post({ callerId, ...request, fromAccountId: undefined, toAccountId, amount, memo: null });
}

/** @throws AppError not_found if the caller owns neither account of the transfer */
export async function findTransfer({ ledger }: { ledger: Ledger }, callerId: string, id: string): Promise<Transfer> {
  const transfer = await ledger.findTransfer(callerId, id);
  if (transfer === undefined) throw new AppError('not_found', 'You have no transfer with this id.');
  return transfer;
}
