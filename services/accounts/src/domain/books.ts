/**
 * The fields of an account that a transfer or a deposit needs. A deposit comes from the world account of the currency.
 * For a world account, `ownerId` is null.
 */
export interface BookAccount {
  readonly id: string;
  readonly ownerId: string | null;
  readonly currency: string;
  /**
   * Balance in minor units. Every deposit lowers the balance of the world account that pays the deposit. That balance
   * can go below −(2^53 − 1), so the type is bigint.
   */
  readonly balance: bigint;
  /** Sequence of the newest entry, or 0 if the account has no entries. */
  readonly sequence: number;
  /** Time of the newest entry, or null if the account has no entries. */
  readonly newestEntryAt: Date | null;
}

/**
 * The accounts of a batch of postings. A posting is a transfer or a deposit. Each posting sees the balances after the
 * previous posting of the batch.
 */
export interface Books {
  /** Time of the batch, from the clock of the database. */
  readonly now: Date;
  account(id: string): BookAccount | undefined;
  world(currency: string): BookAccount | undefined;
  replace(account: BookAccount): void;
}

/**
 * Creates `Books`, which contain the accounts of one batch of postings. The caller must keep the rows of `accounts`
 * locked until the transaction commits.
 */
export function openBooks(accounts: readonly BookAccount[], now: Date): Books {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  const worldIds = new Map(
    accounts.filter(({ ownerId }) => ownerId === null).map(({ id, currency }) => [currency, id]),
  );
  return {
    now,
    account: (id) => byId.get(id),
    world: (currency) => byId.get(worldIds.get(currency) ?? ''),
    replace: (account) => void byId.set(account.id, account),
  };
}
