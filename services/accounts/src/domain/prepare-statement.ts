import { AppError } from '@mainstay/errors';
import type { Period } from '@mainstay/service/requests';
import type { Statement } from '../statements/statement.js';
import { findAccount, type Accounts } from './account.js';
import type { Users } from './user.js';

/**
 * The content of a statement of the caller's own account.
 * @throws AppError not_found
 */
export async function prepareStatement(
  { accounts, users }: { accounts: Accounts; users: Users },
  callerId: string,
  accountId: string,
  { timeZone, ...period }: Period & { timeZone: string },
): Promise<Statement> {
  const account = await findAccount({ accounts }, callerId, accountId);
  const holder = await users.find(callerId);
  if (!holder) throw new AppError('unauthenticated');
  const { openingBalance, batches } = await accounts.statement(accountId, period);
  return { account, holder: holder.displayName, ...period, timeZone, openingBalance, entries: batches };
}
