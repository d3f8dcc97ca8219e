import type { Statement, StatementEntry } from '../../src/statements/statement.js';

/** Returns entry `k`, counted from 0. Each entry adds one cent to its account. */
export function sampleEntry(k: number, change: Partial<StatementEntry> = {}): StatementEntry {
  const hex = k.toString(16).padStart(12, '0');
  return {
    id: `01900000-0000-7000-8000-${hex}`,
    transferId: `01900000-0000-7000-9000-${hex}`,
    amount: 1,
    sequence: k + 1,
    balanceAfter: k + 1,
    memo: null,
    createdAt: new Date(Date.UTC(2026, 9, 1) + k * 1000),
    ...change,
  };
}

export interface CountedEntries extends AsyncIterable<StatementEntry[]> {
  /** Number of entries that were read. */
  pulled: number;
  /** True after the last entry, an error or `return()`. */
  ended: boolean;
}

/** Yields `count` entries, counts the entries that are read, and throws after `failAt` entries. */
export function sampleEntries(count: number, { batch = 1000, failAt = Infinity } = {}): CountedEntries {
  const counted: CountedEntries = {
    pulled: 0,
    ended: false,
    async *[Symbol.asyncIterator]() {
      try {
        while (counted.pulled < count) {
          await new Promise(setImmediate);
          if (counted.pulled >= failAt) throw new Error('the store is gone');
          const from = counted.pulled;
          counted.pulled = Math.min(count, from + batch);
          yield Array.from({ length: counted.pulled - from }, (_, index) => sampleEntry(from + index));
        }
      } finally {
        counted.ended = true;
      }
    },
  };
  return counted;
}

export function sampleStatement(entries: Statement['entries'], change: Partial<Statement> = {}): Statement {
  return {
    account: { id: '01900000-0000-7000-a000-000000000000', name: 'Household', currency: 'EUR' },
    holder: 'Ada Lovelace',
    from: new Date('2026-10-01T00:00:00Z'),
    to: new Date('2026-11-01T00:00:00Z'),
    timeZone: 'UTC',
    openingBalance: 0,
    entries,
    ...change,
  };
}
