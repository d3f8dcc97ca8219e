/** A completed transfer. The first entry belongs to `fromAccountId`, and the second entry belongs to `toAccountId`. */
export interface Transfer {
  id: string;
  fromAccountId: string;
  toAccountId: string;
  /** Amount in minor units. */
  amount: number;
  currency: string;
  memo: string | null;
  createdAt: Date;
  entries: readonly [BookedEntry, BookedEntry];
}

/** One of the two entries of a transfer. */
export interface BookedEntry {
  id: string;
  accountId: string;
  /** Id of the account's owner. Null for a world account: deposits come from world accounts, which have no owner. */
  ownerId: string | null;
  /** Amount in minor units: negative if money leaves the account, positive if money arrives. */
  amount: number;
  /** Number of the entry within the account, in the order of booking: 1, 2, 3 … */
  sequence: number;
  balanceAfter: bigint;
}
