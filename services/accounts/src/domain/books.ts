/**
 * An account as the ledger books on it. A world account has no owner: it is the other side of deposits, and the only
 * account that may be negative.
 */
export interface BookAccount {
  readonly id: string;
  readonly ownerId: string | null;
  readonly currency: string;
  /** Minor units. A bigint, because a world account may exceed the exact range of a number. */
  readonly balance: bigint;
  /** Sequence of the newest entry; 0 without entries. */
  readonly sequence: number;
  /** Time of the newest entry; null without entries. */
  readonly newestEntryAt: Date | null;
}

/** The accounts that a batch of postings needs, in their state between two postings. */
export interface Books {
  /** The time of the batch, by the database's clock. */
  readonly now: Date;
  account(id: string): BookAccount | undefined;
  /** The world account of a currency. */
  world(currency: string): BookAccount | undefined;
  /** Replaces an account's state. */
  replace(account: BookAccount): void;
}

/** Books that hold `accounts`, which are locked until the batch commits. */
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
