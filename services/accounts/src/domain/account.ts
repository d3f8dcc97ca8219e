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

/** An entry of the caller's own account. `amount` and `balanceAfter` are minor units of the account's currency. */
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

/** `list` and `find` return only accounts of `ownerId`. `entries` does not check the owner, so call `find` first. */
export interface Accounts {
  /**
   * Stores the account and the event `account.opened` in one transaction. If the currency has no world account, the
   * transaction also creates a world account. A world account has no owner, and deposits come from world accounts.
   */
  add(ownerId: string, account: { id: string; name: string; currency: string }): Promise<Account>;
  /** Returns the accounts after `afterId`, from the oldest to the newest. */
  list(ownerId: string, page: { afterId: string | undefined; limit: number }): Promise<Account[]>;
  find(ownerId: string, id: string): Promise<Account | undefined>;
  /** Returns the entries whose sequence is lower than `beforeSequence`, from the newest to the oldest. */
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

/** @throws AppError not_found if the account does not exist or belongs to a different user */
export async function findAccount({ accounts }: Parts, ownerId: string, id: string): Promise<Account> {
  const account = await accounts.find(ownerId, id);
  if (!account) throw new AppError('not_found', 'You have no account with this id.');
  return account;
}
