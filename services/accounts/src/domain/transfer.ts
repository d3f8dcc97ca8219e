/** A completed transfer. Its two entries sum to zero: the first leaves `fromAccountId`, the second arrives. */
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

/** One side of a transfer, as it was booked. */
export interface BookedEntry {
  id: string;
  accountId: string;
  /** Owner of the account; null for a world account. */
  ownerId: string | null;
  /** Minor units: negative out of the account, positive into it. */
  amount: number;
  /** Number of the entry in its account: 1, 2, 3 …, in order of booking. */
  sequence: number;
  balanceAfter: bigint;
}
