import { AppError } from '@mainstay/errors';
import { createEvent, type EventCause } from '@mainstay/events';
import { keyedWrites, type BatchClient, type Decision, type KeyedDomain } from '@mainstay/keyed-writes';
import { asStoreError, type Query } from '@mainstay/postgres';
import type { TracedStatement, TraceStatement } from '@mainstay/tracing';
import type { Pool, QueryConfig } from 'pg';
import { openBooks, type BookAccount, type Books } from '../domain/books.js';
import {
  decidePosting,
  type PostingDecision,
  type PostingOrder,
  type PostingRefusal,
} from '../domain/decide-posting.js';
import type { Ledger, Posting } from '../domain/ledger.js';
import { newId } from '../domain/new-id.js';
import type { BookedEntry, Transfer } from '../domain/transfer.js';

export interface PostgresLedgerOptions {
  pool: Pool;
  query: Query;
  /** Renders the response body for a completed transfer or deposit. */
  renderTransfer: (transfer: Transfer, callerId: string) => string;
  cause: () => EventCause;
  trace?: TraceStatement;
  onBatch?: (postings: number) => void;
}

const tracedPosting: TracedStatement = {
  name: 'post_transfer',
  text: 'one transaction for all postings of a batch',
  isRefusal: (error) => error instanceof AppError && error.status < 500,
};

type Posted = Extract<PostingDecision, { outcome: 'posted' }>;
type Order = PostingOrder & { cause: EventCause };

/** Creates the ledger on PostgreSQL. `decidePosting` defines the rules, and `keyedWrites` runs the transactions. */
export function createPostgresLedger({
  pool,
  query,
  renderTransfer,
  cause,
  trace = (_statement, run) => run(),
  onBatch,
}: PostgresLedgerOptions): Ledger & { close(): Promise<void> } {
  const domain: KeyedDomain<Order, Books, Posted> = {
    load: loadBooks,
    decide: (books, order) => decide(books, order, renderTransfer),
    store: storePostings,
  };
  const writes = keyedWrites({ pool, domain, toStoreError: asStoreError, ...(onBatch && { onBatch }) });
  return {
    post(posting) {
      const { callerId, route, key, fingerprint, beginBeforeMs } = posting;
      const order = { ...orderOf(posting), cause: cause() };
      return trace(tracedPosting, () =>
        writes.submit({ ownerId: callerId, route, key, fingerprint, order, beginBeforeMs }),
      );
    },
    findTransfer: (callerId, transferId) => findTransfer(query, callerId, transferId),
    close: () => writes.close(),
  };
}

function orderOf({ callerId, fromAccountId, toAccountId, amount, memo }: Posting): PostingOrder {
  const [transferId, fromEntryId, toEntryId] = [newId(), newId(), newId()];
  return { callerId, fromAccountId, toAccountId, amount, memo, transferId, fromEntryId, toEntryId };
}

function decide(books: Books, order: Order, renderTransfer: PostgresLedgerOptions['renderTransfer']): Decision<Posted> {
  const posted = decidePosting(books, order);
  if (posted.outcome !== 'posted')
    return { isAccepted: false, error: new AppError(posted.outcome, refusals[posted.outcome]) };
  books.replace(posted.source);
  books.replace(posted.target);
  const { transfer } = posted;
  return {
    isAccepted: true,
    effect: posted,
    reply: {
      status: 201,
      location: `/v1/transfers/${transfer.id}`,
      body: renderTransfer(transfer, order.callerId),
    },
    events: [eventOf(transfer, order)],
  };
}

const refusals: Record<PostingRefusal, string> = {
  not_found: 'This account does not exist, or it is not yours.',
  currency_mismatch: 'The two accounts have different currencies.',
  insufficient_funds: 'The account does not have enough money.',
  balance_limit: 'The balance of the receiving account would exceed the limit.',
};

/** Both owners see the event, so the event contains no balance. */
function eventOf({ id: transferId, entries, ...transfer }: Transfer, { fromAccountId, cause }: Order) {
  const subjects = entries.flatMap(({ ownerId }) => ownerId ?? []);
  const { toAccountId, amount, currency, memo } = transfer;
  if (fromAccountId === undefined) {
    const data = { transferId, accountId: toAccountId, amount, currency };
    return createEvent({ type: 'deposit.completed', subjects, source: 'accounts', ...cause, data });
  }
  const data = { transferId, fromAccountId, toAccountId, amount, currency, memo };
  return createEvent({ type: 'transfer.completed', subjects, source: 'accounts', ...cause, data });
}

const BOOKED_ACCOUNTS = `SELECT unnest($1::uuid[]) UNION
  SELECT world.id FROM accounts own JOIN accounts world ON world.currency = own.currency AND world.owner_id IS NULL WHERE own.id = ANY ($2::uuid[])`;

/**
 * Locks the accounts in the order of their ids, so that two batches cannot deadlock. Earlier releases lock in the order
 * of ids too, so this release and an earlier release can run at the same time. A second statement reads the balances
 * after the accounts are locked, so the balances are current.
 */
async function loadBooks(client: BatchClient, orders: readonly Order[]): Promise<Books> {
  const deposits = orders.filter(({ fromAccountId }) => fromAccountId === undefined);
  const values = [
    [...new Set(orders.flatMap(({ fromAccountId, toAccountId }) => [fromAccountId ?? toAccountId, toAccountId]))],
    deposits.map(({ toAccountId }) => toAccountId),
  ];
  const [, { rows }] = await Promise.all([
    client.query({
      name: 'lock_accounts',
      text: `SELECT FROM accounts WHERE id IN (${BOOKED_ACCOUNTS}) ORDER BY id FOR NO KEY UPDATE`,
      values,
    }),
    client.query<Omit<BookAccount, 'balance'> & { balance: string; now: Date }>({
      name: 'read_accounts',
      text: `SELECT a.id, a.owner_id AS "ownerId", a.currency, a.balance::text, a.sequence, e.created_at AS "newestEntryAt",
                    clock_timestamp()::timestamptz(3) AS now
             FROM accounts a LEFT JOIN entries e ON e.account_id = a.id AND e.sequence = a.sequence WHERE a.id IN (${BOOKED_ACCOUNTS})`,
      values,
    }),
  ]);
  const accounts = rows.map(({ balance, ...account }) => ({ ...account, balance: BigInt(balance) }));
  return openBooks(accounts, rows[0]?.now ?? new Date());
}

function storePostings(postings: readonly Posted[]): QueryConfig {
  const transfers = postings.map(({ transfer }) => transfer);
  const entries = transfers.flatMap((transfer) => transfer.entries.map((entry) => ({ transfer, ...entry })));
  const accounts = [
    ...new Map(
      postings.flatMap(({ source, target }) => [source, target]).map((account) => [account.id, account]),
    ).values(),
  ];
  return {
    name: 'store_postings',
    text: `WITH transfer AS (
             INSERT INTO transfers (id, from_account_id, to_account_id, amount, currency, memo, created_at)
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[])
           ), entry AS (
             INSERT INTO entries (id, account_id, sequence, transfer_id, amount, balance_after, created_at)
             SELECT * FROM unnest($8::uuid[], $9::uuid[], $10::bigint[], $11::uuid[], $12::bigint[], $13::bigint[], $14::timestamptz[])
           )
           UPDATE accounts a SET balance = booked.balance, sequence = booked.sequence
           FROM unnest($15::uuid[], $16::bigint[], $17::bigint[]) AS booked (id, balance, sequence) WHERE a.id = booked.id`,
    values: [
      ...columns(transfers, 'id', 'fromAccountId', 'toAccountId', 'amount', 'currency', 'memo', 'createdAt'),
      ...columns(entries, 'id', 'accountId', 'sequence'),
      entries.map(({ transfer }) => transfer.id),
      ...columns(entries, 'amount', 'balanceAfter'),
      entries.map(({ transfer }) => transfer.createdAt),
      ...columns(accounts, 'id', 'balance', 'sequence'),
    ],
  };
}

function columns<Row>(rows: readonly Row[], ...names: (keyof Row)[]): unknown[][] {
  return names.map((name) => rows.map((row) => row[name]));
}

async function findTransfer(query: Query, callerId: string, transferId: string): Promise<Transfer | undefined> {
  const rows = await query<
    Omit<Transfer, 'entries'> & { entry: Omit<BookedEntry, 'balanceAfter'> & { balanceAfter: string } }
  >({
    name: 'find_transfer',
    text: `SELECT t.id, t.from_account_id AS "fromAccountId", t.to_account_id AS "toAccountId", t.amount, t.currency, t.memo,
                  t.created_at AS "createdAt", json_build_object('id', e.id, 'accountId', e.account_id, 'ownerId', a.owner_id,
                    'amount', e.amount, 'sequence', e.sequence, 'balanceAfter', e.balance_after::text) AS entry
           FROM transfers t JOIN entries e ON e.transfer_id = t.id JOIN accounts a ON a.id = e.account_id
           WHERE t.id = $2 AND EXISTS (SELECT FROM accounts own WHERE own.id IN (t.from_account_id, t.to_account_id) AND own.owner_id = $1)
           ORDER BY e.amount`,
    values: [callerId, transferId],
  });
  const [outgoing, incoming] = rows.map(({ entry }) => ({ ...entry, balanceAfter: BigInt(entry.balanceAfter) }));
  if (!rows[0] || !outgoing || !incoming) return undefined;
  const { id, fromAccountId, toAccountId, amount, currency, memo, createdAt } = rows[0];
  return { id, fromAccountId, toAccountId, amount, currency, memo, createdAt, entries: [outgoing, incoming] };
}
