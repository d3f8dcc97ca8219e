import { AppError } from '@mainstay/errors';
import type { EventCause } from '@mainstay/events';
import type { Query } from '@mainstay/postgres';
import { newId } from '../domain/new-id.js';
import type { Credentials, User, Users } from '../domain/user.js';

/**
 * `canonical_hash_of` is the value of `password_hash` at the time when `canonical_hash` was stored. Release 0.1.0
 * changes only `password_hash`. So if `canonical_hash_of` differs from `password_hash`, `canonical_hash` belongs to a
 * previous password, and the result for `canonicalHash` is NULL.
 */
const PASSWORD_COLUMNS = `password_hash AS "hash", CASE WHEN canonical_hash_of = password_hash THEN canonical_hash END AS "canonicalHash"`;
const USER_COLUMNS = `id, email, display_name AS "displayName", created_at AS "createdAt"`;

/** Every statement that changes a user also stores the event of the change. */
export function createPostgresUsers(query: Query, cause: () => EventCause): Users {
  return {
    async add({ id, email, displayName, password }, origin) {
      const { traceparent, requestId } = cause();
      const rows = await query<User>({
        name: 'add_user',
        text: `WITH added AS (
                   INSERT INTO users (id, email, display_name, password_hash, canonical_hash, canonical_hash_of)
                   VALUES ($1, $2, $3, $4, $8, CASE WHEN $8::text IS NOT NULL THEN $4 END)
                   ON CONFLICT (email) DO NOTHING RETURNING *
                 ), event AS (
                   INSERT INTO outbox (id, type, version, subjects, traceparent, request_id, data)
                   SELECT $5, 'user.registered', 1, ARRAY[id], $6, $9, json_build_object('sessionId', $7::text) FROM added
                 )
                 SELECT ${USER_COLUMNS} FROM added`,
        values: [
          id,
          email,
          displayName,
          password.hash,
          newId(),
          traceparent,
          origin.id,
          password.canonicalHash,
          requestId,
        ],
      });
      if (!rows[0]) throw new AppError('email_taken', 'This e-mail is already registered.');
      return rows[0];
    },
    async find(id) {
      const rows = await query<User>({
        name: 'find_user',
        text: `SELECT ${USER_COLUMNS} FROM users WHERE id = $1`,
        values: [id],
      });
      return rows[0];
    },
    async findCredentials(email) {
      const rows = await query<CredentialsRow>({
        name: 'find_credentials',
        text: `SELECT ${USER_COLUMNS}, ${PASSWORD_COLUMNS} FROM users WHERE email = $1`,
        values: [email],
      });
      return credentialsOf(rows[0]);
    },
    async findCredentialsById(id) {
      const rows = await query<CredentialsRow>({
        name: 'find_credentials_by_id',
        text: `SELECT ${USER_COLUMNS}, ${PASSWORD_COLUMNS} FROM users WHERE id = $1`,
        values: [id],
      });
      return credentialsOf(rows[0]);
    },
    async recordSignIn(userId, origin) {
      const { traceparent, requestId } = cause();
      await query({
        name: 'record_sign_in',
        text: `INSERT INTO outbox (id, type, version, subjects, traceparent, request_id, data) VALUES ($1, 'user.signed_in', 1, ARRAY[$2::uuid], $3, $7,
                 json_build_object('sessionId', $4::text, 'ip', $5::text, 'userAgent', $6::text))`,
        values: [newId(), userId, traceparent, origin.id, origin.ip, origin.userAgent, requestId],
      });
    },
    recordFailedSignIn(userId, origin) {
      const { traceparent, requestId } = cause();
      query({
        name: 'record_failed_sign_in',
        text: `WITH told AS (
                   UPDATE users SET sign_in_failure_told_at = now()
                   WHERE id = $2 AND (sign_in_failure_told_at IS NULL OR sign_in_failure_told_at < now() - interval '15 minutes')
                   RETURNING id
                 )
                 INSERT INTO outbox (id, type, version, subjects, traceparent, request_id, data)
                 SELECT $1, 'user.sign_in_failed', 1, ARRAY[id], $3, $6, json_build_object('ip', $4::text, 'userAgent', $5::text) FROM told`,
        values: [newId(), userId, traceparent, origin.ip, origin.userAgent, requestId],
      }).catch(() => undefined); // this error is not logged, because in an outage other queries log the same error
    },
    async replacePassword(userId, former, password) {
      const { traceparent, requestId } = cause();
      const rows = await query({
        name: 'replace_password',
        text: `WITH changed AS (
                   UPDATE users SET password_hash = $3, canonical_hash = $6, canonical_hash_of = CASE WHEN $6::text IS NOT NULL THEN $3 END
                   WHERE id = $1 AND password_hash = $2 RETURNING id
                 )
                 INSERT INTO outbox (id, type, version, subjects, traceparent, request_id, data)
                 SELECT $4, 'user.password_changed', 1, ARRAY[id], $5, $7, '{}'::json FROM changed RETURNING id`,
        values: [userId, former.hash, password.hash, newId(), traceparent, password.canonicalHash, requestId],
      });
      return rows.length === 1;
    },
  };
}

interface CredentialsRow extends User, Record<string, unknown> {
  hash: string;
  canonicalHash: string | null;
}

function credentialsOf(row: CredentialsRow | undefined): Credentials | undefined {
  if (!row) return undefined;
  const { hash, canonicalHash, ...user } = row;
  return { user, password: { hash, canonicalHash: canonicalHash ?? undefined } };
}
