import { readdirSync } from 'node:fs';
import { StoreImpairedError } from '@mainstay/service';
import type { Pool } from 'pg';

export const MIGRATIONS_TABLE = 'schema_migrations';

/** What a build knows of the database of its service. */
export interface Schema {
  service: string;
  /** The folder of the NNNN_title.sql files, which run in the order of their names. */
  migrations: URL;
  /** What the role of the service may do, and with which tables, as in `{ 'SELECT, INSERT': ['entries'] }`. */
  grants: Readonly<Record<string, readonly string[]>>;
}

/** The newest migration that this build knows. */
export function newestMigration({ migrations }: Schema): string {
  const names = readdirSync(migrations)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.at(-1)!.replace(/\.sql$/, '');
}

/**
 * Resolves when PostgreSQL answers, accepts writes, and its schema is new enough for this build. Newer is fine:
 * migrations only expand, so a build and the one before it work on the same schema.
 * @throws Error saying what is missing · StoreImpairedError if it only accepts reads
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
