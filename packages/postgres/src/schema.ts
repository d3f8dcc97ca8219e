import { readdirSync } from 'node:fs';
import { StoreImpairedError } from '@mainstay/service';
import type { Pool } from 'pg';

export const MIGRATIONS_TABLE = 'schema_migrations';

/** The database schema that this build of a service needs. */
export interface Schema {
  service: string;
  /** The folder of the NNNN_title.sql files. They run in the order of their names. */
  migrations: URL;
  /**
   * The rights of the service's role in the database. A key lists rights. The value of the key lists the tables, as in
   * `{ 'SELECT, INSERT': ['entries'] }`.
   */
  grants: Readonly<Record<string, readonly string[]>>;
}

export function newestMigration({ migrations }: Schema): string {
  const names = readdirSync(migrations)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.at(-1)!.replace(/\.sql$/, '');
}

/**
 * Resolves if the schema has this build's newest migration. A newer schema is accepted, because migrations only add.
 * @throws Error saying what is missing · StoreImpairedError if PostgreSQL accepts no writes
 */
export async function assertSchema(pool: Pool, schema: Schema): Promise<void> {
  const newest = newestMigration(schema);
  const { rows } = await pool.query<{ known: boolean; readOnly: string }>(
    `SELECT EXISTS (SELECT FROM ${MIGRATIONS_TABLE} WHERE name = $1) AS known, current_setting('transaction_read_only') AS "readOnly"`,
    [newest],
  );
  if (!rows[0]?.known) throw new Error(`the schema is too old: migration ${newest} is missing; run the migrations`);
  if (rows[0].readOnly === 'on') throw new StoreImpairedError('PostgreSQL responds, but accepts no writes');
}
