/** Checks, from the data in PostgreSQL alone, whether the ledger is consistent. */
import type { Client } from 'pg';
import type { Result } from './result.ts';

interface Transfer {
  id: string;
  from: string;
  to: string;
  amount: number;
  memo: string | null;
  owners: string[];
  isDeposit: boolean;
  hasYoungEvent: boolean;
}
interface Account {
  id: string;
  owner: string;
  hasYoungEvent: boolean;
}
export interface Ledger {
  transfers: Map<string, Transfer>;
  accounts: Map<string, Account>;
  users: Map<string, { hasYoungEvent: boolean }>;
}

/** The query `counted` returns the number of checked items. The query `violations` describes each violation. */
const queries = {
  sums: {
    statement: 'The entries of each currency sum to zero, and so do the balances',
    counted: 'SELECT count(DISTINCT currency) FROM accounts',
    violations: `
      SELECT format('%s: entries %s, balances %s', currency, sum(entries), sum(balance))
      FROM (SELECT a.currency, a.balance, coalesce((SELECT sum(amount) FROM entries e WHERE e.account_id = a.id), 0) AS entries FROM accounts a) sums
      GROUP BY currency HAVING sum(entries) <> 0 OR sum(balance) <> 0`,
  },
  balances: {
    statement: 'Each balance is the sum of its entries',
    counted: 'SELECT count(*) FROM accounts',
    violations: `
      SELECT format('account %s: balance %s, entries %s', a.id, a.balance, coalesce(e.total, 0))
      FROM accounts a LEFT JOIN (SELECT account_id, sum(amount) AS total FROM entries GROUP BY account_id) e ON e.account_id = a.id
      WHERE a.balance <> coalesce(e.total, 0)`,
  },
  sequences: {
    statement: 'Each account numbers its entries 1, 2, 3 … without a gap, each with the right running balance',
    counted: 'SELECT count(*) FROM entries',
    violations: `
      SELECT format('account %s: entry %s is number %s with balance %s', account_id, number, sequence, balance_after)
      FROM (SELECT account_id, sequence, balance_after, row_number() OVER way AS number, sum(amount) OVER way AS balance
            FROM entries WINDOW way AS (PARTITION BY account_id ORDER BY sequence)) numbered
      WHERE sequence <> number OR balance_after <> balance
      UNION ALL
      SELECT format('account %s: says %s entries, has %s', a.id, a.sequence, count(e.id))
      FROM accounts a LEFT JOIN entries e ON e.account_id = a.id GROUP BY a.id HAVING a.sequence <> count(e.id)`,
  },
  negative: {
    statement: 'No account of a user is or was negative',
    counted: 'SELECT count(*) FROM accounts WHERE owner_id IS NOT NULL',
    violations: `
      SELECT format('account %s: %s', a.id, least(a.balance, e.least)) FROM accounts a
      LEFT JOIN (SELECT account_id, min(balance_after) AS least FROM entries GROUP BY account_id) e ON e.account_id = a.id
      WHERE a.owner_id IS NOT NULL AND least(a.balance, e.least) < 0`,
  },
  legs: {
    statement: 'Each transfer has two entries: its amount out of one account and into the other',
    counted: 'SELECT count(*) FROM transfers',
    violations: `
      SELECT format('transfer %s: %s entries', t.id, count(e.id))
      FROM transfers t LEFT JOIN entries e ON e.transfer_id = t.id GROUP BY t.id
      HAVING count(e.id) <> 2
        OR count(*) FILTER (WHERE e.account_id = t.from_account_id AND e.amount = -t.amount) <> 1
        OR count(*) FILTER (WHERE e.account_id = t.to_account_id AND e.amount = t.amount) <> 1`,
  },
};

/** @param client a client in a transaction in which all queries see one snapshot */
export async function checkLedger(client: Client): Promise<Result[]> {
  const results = [];
  for (const [name, { statement, counted, violations }] of Object.entries(queries)) {
    const total = await client.query({ text: counted, rowMode: 'array' });
    const breaches = await client.query({ text: violations, rowMode: 'array' });
    results.push({
      name,
      statement,
      counted: Number(total.rows[0]?.[0]),
      violations: breaches.rows.map(([text]) => text),
    });
  }
  return results;
}

/** Rows whose events must exist. The platform deletes events after 30 days, so 29 days leave a margin of one day. */
const YOUNG = `> now() - interval '29 days'`;

export async function readLedger(client: Client): Promise<Ledger> {
  const users = await client.query(`SELECT id, created_at ${YOUNG} AS young FROM users`);
  const accounts = await client.query(
    `SELECT id, owner_id, created_at ${YOUNG} AS young FROM accounts WHERE owner_id IS NOT NULL`,
  );
  const transfers = await client.query(
    `SELECT t.id, t.from_account_id, t.to_account_id, t.amount, t.memo, payer.owner_id AS payer, payee.owner_id AS payee, t.created_at ${YOUNG} AS young
     FROM transfers t JOIN accounts payer ON payer.id = t.from_account_id JOIN accounts payee ON payee.id = t.to_account_id`,
  );
  return {
    users: new Map(users.rows.map(({ id, young }) => [id, { hasYoungEvent: young }])),
    accounts: new Map(
      accounts.rows.map(({ id, owner_id, young }) => [id, { id, owner: owner_id, hasYoungEvent: young }]),
    ),
    transfers: new Map(transfers.rows.map((row) => [row.id, transferOf(row)])),
  };
}

function transferOf({ id, from_account_id, to_account_id, amount, memo, payer, payee, young }: any): Transfer {
  return {
    id,
    from: from_account_id,
    to: to_account_id,
    amount: Number(amount),
    memo,
    owners: [...new Set([payer, payee].filter((owner) => owner !== null))],
    isDeposit: payer === null,
    hasYoungEvent: young,
  };
}
