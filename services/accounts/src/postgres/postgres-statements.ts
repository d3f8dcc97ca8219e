import type { OwnEntry } from '../domain/account.js';
import type { ReadStatement } from '../domain/prepare-statement.js';
import { ENTRY_COLUMNS } from './postgres-accounts.js';
import type { Query } from '@mainstay/postgres';

const STATEMENT_BATCH = 1_000;

export function createPostgresStatements(query: Query): ReadStatement {
  return async (accountId, { from, to }) => {
    const rows = await query<{ first: number; last: number; openingBalance: number }>({
      name: 'open_statement',
      // Sequence and time give the same order, so a period is one range of sequences.
      text: `WITH run AS (SELECT min(sequence) AS first, max(sequence) AS last FROM entries
                            WHERE account_id = $1 AND created_at >= $2 AND created_at < $3)
               SELECT coalesce(first, 1) AS first, coalesce(last, 0) AS last, coalesce(
                 (SELECT balance_after FROM entries WHERE account_id = $1
                    AND CASE WHEN first IS NULL THEN created_at < $3 ELSE sequence < first END
                  ORDER BY sequence DESC LIMIT 1), 0) AS "openingBalance" FROM run`,
      values: [accountId, from, to],
    });
    const { first, last, openingBalance } = rows[0]!;
    return { openingBalance, batches: entriesBetween(query, accountId, first, last) };
  };
}

/** Entries never change, so batches give the same result as one read. */
async function* entriesBetween(
  query: Query,
  accountId: string,
  first: number,
  last: number,
): AsyncGenerator<OwnEntry[]> {
  for (let next = first; next <= last; next += STATEMENT_BATCH) {
    yield await query<OwnEntry>({
      name: 'statement_entries',
      text: `SELECT ${ENTRY_COLUMNS} FROM entries e JOIN transfers t ON t.id = e.transfer_id
               WHERE e.account_id = $1 AND e.sequence BETWEEN $2 AND $3 ORDER BY e.sequence`,
      values: [accountId, next, Math.min(next + STATEMENT_BATCH - 1, last)],
    });
  }
}
