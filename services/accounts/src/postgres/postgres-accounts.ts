import type { EventCause } from '@mainstay/events';
import type { Query } from '@mainstay/postgres';
import type { Account, Accounts, OwnEntry } from '../domain/account.js';
import { newId } from '../domain/new-id.js';

const ACCOUNT_COLUMNS = `id, name, currency, balance, created_at AS "createdAt"`;
/** The columns of an `OwnEntry`, from `entries e` and `transfers t`. */
export const ENTRY_COLUMNS = `e.id, e.account_id AS "accountId", e.transfer_id AS "transferId", e.amount, e.sequence,
  e.balance_after AS "balanceAfter", t.memo, e.created_at AS "createdAt"`;

export function createPostgresAccounts(query: Query, cause: () => EventCause): Accounts {
  return {
    async add(ownerId, { id, name, currency }) {
      const { traceparent, requestId } = cause();
      const rows = await query<Account>({
        name: 'open_account',
        text: `WITH world AS (
                   INSERT INTO accounts (id, name, currency) VALUES ($5, 'world', $4)
                   ON CONFLICT (currency) WHERE owner_id IS NULL DO NOTHING
                 ), event AS (
                   INSERT INTO outbox (id, type, version, subjects, traceparent, request_id, data)
                   VALUES ($6, 'account.opened', 1, ARRAY[$2::uuid], $7, $8,
                           json_build_object('accountId', $1::uuid, 'name', $3::text, 'currency', $4::text))
                 )
                 INSERT INTO accounts (id, owner_id, name, currency) VALUES ($1, $2, $3, $4) RETURNING ${ACCOUNT_COLUMNS}`,
        values: [id, ownerId, name, currency, newId(), newId(), traceparent, requestId],
      });
      return rows[0]!;
    },
    async list(ownerId, { afterId, limit }) {
      const rows = await query<Account>({
        name: 'list_accounts',
        text: `SELECT ${ACCOUNT_COLUMNS} FROM accounts WHERE owner_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
        values: [ownerId, afterId, limit],
      });
      return rows;
    },
    async find(ownerId, id) {
      const rows = await query<Account>({
        name: 'find_account',
        text: `SELECT ${ACCOUNT_COLUMNS} FROM accounts WHERE id = $1 AND owner_id = $2`,
        values: [id, ownerId],
      });
      return rows[0];
    },
    async entries(accountId, { beforeSequence, limit }) {
      return query<OwnEntry>({
        name: 'list_entries',
        text: `SELECT ${ENTRY_COLUMNS} FROM entries e JOIN transfers t ON t.id = e.transfer_id
                 WHERE e.account_id = $1 AND ($2::bigint IS NULL OR e.sequence < $2) ORDER BY e.sequence DESC LIMIT $3`,
        values: [accountId, beforeSequence, limit],
      });
    },
  };
}
