import type { OwnPlatform } from '../own-platform.ts';
import { withPostgres } from '../postgres.ts';

/** @throws Error if a balance is wrong, a transfer is missing, or a transfer does not have one key and one event */
export async function checkBooks({ stores }: OwnPlatform, acknowledged: number): Promise<void> {
  const query = `
    SELECT (SELECT count(*) FROM transfers) AS transfers,
           (SELECT count(*) FROM idempotency_keys) AS keys,
           (SELECT count(*) FROM outbox WHERE type IN ('transfer.completed', 'deposit.completed')) AS events,
           (SELECT count(DISTINCT data ->> 'transferId') FROM outbox) AS eventful,
           (SELECT sum(balance) FROM accounts) AS sum,
           (SELECT count(*) FROM accounts a
            WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM entries e WHERE e.account_id = a.id)) AS wrong`;
  type Books = Record<'transfers' | 'keys' | 'events' | 'eventful' | 'sum' | 'wrong', string>;
  const { rows } = await withPostgres(stores.postgres.ownerUrl, (client) => client.query<Books>(query));
  const [books] = rows;
  console.log(`books: ${JSON.stringify({ acknowledged, ...books })}`);
  const { transfers, keys, events, eventful, sum, wrong } = books!;
  const isWhole = Number(transfers) >= acknowledged && new Set([transfers, keys, events, eventful]).size === 1;
  if (!isWhole || Number(sum) !== 0 || Number(wrong) !== 0) throw new Error('The books are wrong.');
}
