import { AppError } from '@mainstay/errors';
import type { Period } from '@mainstay/service/requests';
import type { Statement } from '../statements/statement.js';
import { findAccount, type Accounts, type OwnEntry } from './account.js';
import type { Users } from './user.js';

/** Reads the opening balance, and the period's entries in sequence order. */
export type ReadStatement = (
  accountId: string,
  period: Period,
) => Promise<{ openingBalance: number; batches: AsyncIterable<OwnEntry[]> }>;

/**
 * Prepares the content of an account statement.
 * @throws AppError not_found if the caller does not own the account
 */
export async function prepareStatement(
  { accounts, users, read }: { accounts: Accounts; users: Users; read: ReadStatement },
  callerId: string,
  accountId: string,
  { timeZone, ...period }: Period & { timeZone: string },
): Promise<Statement> {
  const account = await findAccount({ accounts }, callerId, accountId);
  const holder = await users.find(callerId);
  if (!holder) throw new AppError('unauthenticated');
  const { openingBalance, batches } = await read(accountId, period);
  return { account, holder: holder.displayName, ...period, timeZone, openingBalance, entries: batches };
}
