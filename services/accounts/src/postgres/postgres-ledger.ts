import { AppError, type ErrorCode } from '@mainstay/errors';
import type { StoredReply } from '../domain/idempotency.js';
import type { Ledger, Posting } from '../domain/ledger.js';
import { newId } from '../domain/new-id.js';
import type { Query } from './query.js';

interface Outcome {
  outcome: keyof typeof replyOf;
  reply_status: number;
  reply_location: string;
  reply_body: string;
}

/** The ledger on PostgreSQL; its rules stand in migrations/0006_entries_in_time.sql. */
export function createPostgresLedger(query: Query, traceparent: () => string | undefined): Ledger {
  return {
    async post(posting) {
      const rows = await query<Outcome>({
        name: 'post_transfer',
        text: 'SELECT * FROM post_transfer($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)',
        values: valuesOf(posting, traceparent()),
      });
      const row = rows[0]!;
      return replyOf[row.outcome](row);
    },
    async findTransfer(callerId, transferId) {
      const rows = await query<{ document: string }>({
        name: 'find_transfer',
        text: `SELECT transfer_document(t, $1) AS document FROM transfers t
                 WHERE t.id = $2 AND EXISTS (SELECT FROM accounts a WHERE a.id IN (t.from_account_id, t.to_account_id) AND a.owner_id = $1)`,
        values: [callerId, transferId],
      });
      return rows[0]?.document;
    },
  };
}

function valuesOf(posting: Posting, traceparent: string | undefined): unknown[] {
  const { callerId, route, key, fingerprint, fromAccountId, toAccountId, amount, memo } = posting;
  const [transferId, fromEntryId, toEntryId, eventId] = [newId(), newId(), newId(), newId()];
  return [
    ...[callerId, route, key, fingerprint, transferId, fromAccountId, toAccountId, amount, memo],
    ...[fromEntryId, toEntryId, eventId, traceparent],
  ];
}

const replyOf = {
  posted: (row: Outcome) => storedReply(row, false),
  replayed: (row: Outcome) => storedReply(row, true),
  not_found: () => refuse('not_found', 'There is no such account, or it is not yours.'),
  currency_mismatch: () => refuse('currency_mismatch', 'The accounts hold different currencies.'),
  insufficient_funds: () => refuse('insufficient_funds', 'There is not enough money in the account.'),
  balance_limit: () => refuse('balance_limit', 'The receiving account cannot hold that much.'),
  idempotency_key_reused: () => refuse('idempotency_key_reused', 'This key belongs to another request.'),
  idempotency_in_progress: () => {
    throw new AppError('idempotency_in_progress', 'A request with this key is in progress.', { retryAfterS: 1 });
  },
};

function storedReply(row: Outcome, isReplay: boolean): StoredReply {
  return { status: row.reply_status, location: row.reply_location, body: row.reply_body, isReplay };
}

function refuse(code: ErrorCode, detail: string): never {
  throw new AppError(code, detail);
}
