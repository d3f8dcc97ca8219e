/** A completed transfer. The two entries are for `fromAccountId` and `toAccountId`, in this order. */
export interface Transfer {
  id: string;
  fromAccountId: string;
  toAccountId: string;
  /** Minor units. */
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
  /** Owner of the account; null for a world account. */
  ownerId: string | null;
  /** Minor units: negative if money leaves the account, positive if money arrives. */
  amount: number;
  /** Number of the entry in its account, in the order of booking: 1, 2, 3 … */
  sequence: number;
  balanceAfter: bigint;
}
