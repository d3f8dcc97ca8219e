import type { Account, RecentEntries } from '../../api/queries.js';

export interface BalancePoint {
  /** Milliseconds since the epoch. */
  at: number;
  balance: number;
}

export interface BalanceHistory {
  /** The start of the history, in milliseconds since the epoch. */
  since: number;
  /** The total of the accounts, from `since` to `now`. Each balance is valid until the next point. */
  points: BalancePoint[];
  /** Transfers between the user's own accounts do not count. */
  moneyIn: number;
  moneyOut: number;
}

/**
 * Computes totals backwards from the current balances, so it does not need the entries before the period. If the
 * entries of an account are complete only from a later time, the history starts at that time.
 * @param read the entries of each of these accounts
 * @param from the requested start of the history, in milliseconds since the epoch, like `now`
 */
export function balanceHistory(
  accounts: readonly Account[],
  read: readonly RecentEntries[],
  from: number,
  now: number,
): BalanceHistory {
  const since = Math.min(now, Math.max(from, ...read.map((one) => one.since)));
  const recent = read
    .flatMap(({ entries }) => entries)
    .map((entry) => ({ ...entry, at: Math.min(Date.parse(entry.createdAt), now) }))
    .filter(({ at }) => at >= since)
    .sort((one, other) => other.at - one.at);
  let balance = accounts.reduce((sum, account) => sum + account.balance, 0);
  const points: BalancePoint[] = [{ at: now, balance }];
  for (const { at, amount } of recent) {
    points.push({ at, balance });
    balance -= amount;
  }
  points.push({ at: since, balance });

  const halves = new Map<string, number>();
  for (const { transferId } of recent) halves.set(transferId, (halves.get(transferId) ?? 0) + 1);
  const outside = recent.filter(({ transferId }) => halves.get(transferId) === 1).map(({ amount }) => amount);
  return {
    since,
    points: points.reverse(),
    moneyIn: outside.filter((amount) => amount > 0).reduce((sum, amount) => sum + amount, 0),
    moneyOut: outside.filter((amount) => amount < 0).reduce((sum, amount) => sum - amount, 0),
  };
}
