import type { Client } from 'pg';

export interface Check {
  /** The invariant, as a sentence. */
  statement: string;
  counted: number;
  violations: number;
}

/** Each query returns the number of checked rows and the number of violations. */
const checks: Record<string, string> = {
  'The balances of each currency sum to zero': `
    SELECT count(*)::int AS counted, count(*) FILTER (WHERE total <> 0)::int AS violations
    FROM (SELECT sum(balance) AS total FROM accounts GROUP BY currency) currencies`,
  'Each balance is the sum of its entries': `
    SELECT count(*)::int AS counted, count(*) FILTER (WHERE a.balance <> coalesce(e.total, 0))::int AS violations
    FROM accounts a LEFT JOIN (SELECT account_id, sum(amount) AS total FROM entries GROUP BY account_id) e ON e.account_id = a.id`,
  'Each account numbers its entries 1, 2, 3 … without a gap': `
    SELECT count(*)::int AS counted, count(*) FILTER (WHERE a.sequence <> coalesce(e.newest, 0) OR a.sequence <> coalesce(e.entries, 0))::int AS violations
    FROM accounts a LEFT JOIN (SELECT account_id, max(sequence) AS newest, count(*) AS entries FROM entries GROUP BY account_id) e ON e.account_id = a.id`,
  'Each entry continues the balance of the entry before it': `
    SELECT count(*)::int AS counted, count(*) FILTER (WHERE balance_after <> former + amount)::int AS violations
    FROM (SELECT amount, balance_after, lag(balance_after, 1, 0::bigint) OVER (PARTITION BY account_id ORDER BY sequence) AS former FROM entries) chain`,
  'Only world accounts are negative': `
    SELECT count(*)::int AS counted, count(*) FILTER (WHERE balance < 0)::int AS violations FROM accounts WHERE owner_id IS NOT NULL`,
  'Each transfer has exactly two entries, out of one account and into the other': `
    SELECT count(*)::int AS counted, count(*) FILTER (WHERE coalesce(e.legs, 0) <> 2 OR e.outgoing <> 1 OR e.incoming <> 1)::int AS violations
    FROM transfers t LEFT JOIN (
      SELECT t.id, count(*) AS legs,
        count(*) FILTER (WHERE e.account_id = t.from_account_id AND e.amount = -t.amount) AS outgoing,
        count(*) FILTER (WHERE e.account_id = t.to_account_id AND e.amount = t.amount) AS incoming
      FROM transfers t JOIN entries e ON e.transfer_id = t.id GROUP BY t.id) e ON e.id = t.id`,
  'Each transfer that the outbox still covers has exactly one event': `
    SELECT count(*)::int AS counted, count(*) FILTER (WHERE coalesce(events, 0) <> 1)::int AS violations
    FROM transfers t LEFT JOIN (
      SELECT (data ->> 'transferId')::uuid AS transfer_id, count(*) AS events FROM outbox
      WHERE type IN ('transfer.completed', 'deposit.completed') GROUP BY 1) o ON o.transfer_id = t.id
    -- The outbox deletes whole days, so all events after its oldest event exist. A transfer at midnight can have its
    -- event in the day before, which is deleted earlier. So leave out one day.
    WHERE t.created_at >= (SELECT min(created_at) FROM outbox) + interval '1 day'
       -- The retention is at least one day, so all events of the last 24 hours exist. A transfer can be a little newer
       -- than its event, so leave out one hour.
       OR t.created_at > now() - interval '23 hours'`,
};

/** Runs all checks on one snapshot, so a concurrent transfer never looks like a violation. */
export async function reconcile(client: Client): Promise<Check[]> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const results: Check[] = [];
  for (const [statement, query] of Object.entries(checks)) {
    const { rows } = await client.query<Omit<Check, 'statement'>>(query);
    results.push({ statement, ...rows[0]! });
  }
  await client.query('COMMIT');
  return results;
}
