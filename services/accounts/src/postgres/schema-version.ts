import { readdirSync } from 'node:fs';
import type { Pool } from 'pg';

export const migrationsDirectory = new URL('../../migrations/', import.meta.url);
export const migrationsTable = 'schema_migrations';

/** The newest migration that this build knows. */
export function newestMigration(): string {
  const names = readdirSync(migrationsDirectory)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.at(-1)!.replace(/\.sql$/, '');
}

/**
 * Resolves when PostgreSQL answers and its schema is new enough for this build. Newer is fine: migrations only expand, so a build and
 * the one before it work on the same schema.
 * @throws Error saying what is missing
 */
export async function assertSchema(pool: Pool): Promise<void> {
  const newest = newestMigration();
  const { rows } = await pool.query<{ known: boolean }>(
    `SELECT EXISTS (SELECT FROM ${migrationsTable} WHERE name = $1) AS known`,
    [newest],
  );
  if (!rows[0]?.known) throw new Error(`the schema is too old: migration ${newest} is missing; run the migrations`);
}
