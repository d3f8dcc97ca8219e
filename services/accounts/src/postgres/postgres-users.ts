import { AppError } from '@mainstay/errors';
import { newId } from '../domain/new-id.js';
import type { User, Users } from '../domain/user.js';
import type { Query } from './query.js';

const userColumns = `id, email, display_name AS "displayName", created_at AS "createdAt"`;

/** Users on PostgreSQL. What the user is told of (events) commits in the same statement as what happened. */
export function createPostgresUsers(query: Query, traceparent: () => string | undefined): Users {
  return {
    async add({ id, email, displayName, passwordHash }, origin) {
      const rows = await query<User>({
        name: 'add_user',
        text: `WITH added AS (
                   INSERT INTO users (id, email, display_name, password_hash) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (email) DO NOTHING RETURNING *
                 ), event AS (
                   INSERT INTO outbox (id, type, version, subjects, traceparent, data)
                   SELECT $5, 'user.registered', 1, ARRAY[id], $6, json_build_object('sessionId', $7::text) FROM added
                 )
                 SELECT ${userColumns} FROM added`,
        values: [id, email, displayName, passwordHash, newId(), traceparent(), origin.id],
      });
      if (!rows[0]) throw new AppError('email_taken', 'Somebody has registered with this e-mail.');
      return rows[0];
    },
    async find(id) {
      const rows = await query<User>({
        name: 'find_user',
        text: `SELECT ${userColumns} FROM users WHERE id = $1`,
        values: [id],
      });
      return rows[0];
    },
    async findCredentials(email) {
      const rows = await query<User & { passwordHash: string }>({
        name: 'find_credentials',
        text: `SELECT ${userColumns}, password_hash AS "passwordHash" FROM users WHERE email = $1`,
        values: [email],
      });
      if (!rows[0]) return undefined;
      const { passwordHash, ...user } = rows[0];
      return { user, passwordHash };
    },
    async findPasswordHash(id) {
      const rows = await query<{ password_hash: string }>({
        name: 'find_password_hash',
        text: 'SELECT password_hash FROM users WHERE id = $1',
        values: [id],
      });
      return rows[0]?.password_hash;
    },
    async recordSignIn(userId, origin) {
      await query({
        name: 'record_sign_in',
        text: `INSERT INTO outbox (id, type, version, subjects, traceparent, data) VALUES ($1, 'user.signed_in', 1, ARRAY[$2::uuid], $3,
                 json_build_object('sessionId', $4::text, 'ip', $5::text, 'userAgent', $6::text))`,
        values: [newId(), userId, traceparent(), origin.id, origin.ip, origin.userAgent],
      });
    },
    async replacePasswordHash(userId, formerHash, hash) {
      const rows = await query({
        name: 'replace_password_hash',
        text: `WITH changed AS (
                   UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id
                 )
                 INSERT INTO outbox (id, type, version, subjects, traceparent, data)
                 SELECT $4, 'user.password_changed', 1, ARRAY[id], $5, '{}'::json FROM changed RETURNING id`,
        values: [userId, formerHash, hash, newId(), traceparent()],
      });
      return rows.length === 1;
    },
  };
}
