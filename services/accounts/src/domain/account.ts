import { AppError } from '@mainstay/errors';
import { newId } from './new-id.js';

/** Money of one currency that belongs to one user. `balance` is in minor units. */
export interface Account {
  id: string;
  name: string;
  currency: string;
  balance: number;
  createdAt: Date;
}

/** An entry of the caller's own account. `amount` and `balanceAfter` are minor units of its currency. */
export interface OwnEntry {
  id: string;
  accountId: string;
  transferId: string;
  amount: number;
  sequence: number;
  balanceAfter: number;
  memo: string | null;
  createdAt: Date;
}

/** The accounts' store, as the domain needs it. Every read covers only `ownerId`'s accounts. */
export interface Accounts {
  /** Stores the account, its currency's world if that is missing, and `account.opened`, in one transaction. */
  add(ownerId: string, account: { id: string; name: string; currency: string }): Promise<Account>;
  /** Oldest first, after the account `afterId`. */
  list(ownerId: string, page: { afterId: string | undefined; limit: number }): Promise<Account[]>;
  find(ownerId: string, id: string): Promise<Account | undefined>;
  /** Newest first, those before `beforeSequence`. */
  entries(accountId: string, page: { beforeSequence: number | undefined; limit: number }): Promise<OwnEntry[]>;
}

interface Parts {
  accounts: Accounts;
}

export async function openAccount(
  { accounts }: Parts,
  ownerId: string,
  { name, currency }: { name: string; currency: string },
): Promise<Account> {
  return accounts.add(ownerId, { id: newId(), name, currency });
}

/** @throws AppError not_found, for another user's account too, so that its existence is not revealed */
export async function findAccount({ accounts }: Parts, ownerId: string, id: string): Promise<Account> {
  const account = await accounts.find(ownerId, id);
  if (!account) throw new AppError('not_found', 'You have no account with this id.');
  return account;
}
