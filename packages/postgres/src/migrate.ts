import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { MIGRATIONS_TABLE, type Schema } from './schema.js';
import { UNLIMITED } from './with-client.js';

export interface MigrateOptions {
  schema: Schema;
  /** The connection URL of the role that owns the tables. */
  ownerUrl: string;
  /** The connection URL of the role that the running service uses. */
  serviceUrl: string;
  report: (line: string) => void;
}

/**
 * Applies the missing migrations, then grants the rights of the service's role. A repeated run changes nothing.
 * @throws Error if a different run is in progress
 */
export async function migrate({ schema, ownerUrl, serviceUrl, report }: MigrateOptions): Promise<void> {
  const options = `${UNLIMITED} -c lock_timeout=10s`;
  const client = new Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000, options });
  client.on('error', () => undefined); // the current query rejects with the same error
  await client.connect();
  try {
    const done = await runner({
      dbClient: client,
      dir: fileURLToPath(schema.migrations),
      migrationsTable: MIGRATIONS_TABLE,
      direction: 'up',
      logger: { debug: () => undefined, info: () => undefined, warn: report, error: report },
    });
    for (const { name } of done) report(`migrated ${name}`);
    const serviceUser = decodeURIComponent(new URL(serviceUrl).username);
    if (serviceUser !== client.user) await grantRights(client, serviceUser, { schema, report });
  } finally {
    await client.end();
  }
}

/**
 * Grants the service's role the rights of `schema.grants`. Revokes the right to make temporary tables, because a
 * temporary table can mislead a function that runs with the owner's rights.
 */
async function grantRights(
  client: Client,
  serviceUser: string,
  { schema, report }: Pick<MigrateOptions, 'schema' | 'report'>,
): Promise<void> {
  const role = client.escapeIdentifier(serviceUser);
  const { rows } = await client.query<{ database: string }>('SELECT current_database() AS database');
  const database = client.escapeIdentifier(rows[0]!.database);
  const grants = Object.entries(schema.grants).map(
    ([rights, tables]) => `GRANT ${rights} ON ${tables.join(', ')} TO ${role};`,
  );
  await client.query(`
    GRANT USAGE ON SCHEMA public TO ${role};
    GRANT SELECT ON ${MIGRATIONS_TABLE} TO ${role};
    ${grants.join('\n    ')}
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO ${role};
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
    ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC, ${role};
    REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC, ${role};
  `);
  const { rows: kept } = await client.query(
    `SELECT WHERE has_database_privilege($1, current_database(), 'TEMPORARY')`,
    [serviceUser],
  );
  if (kept.length > 0) {
    // The REVOKE above has had no effect, for example because the role of `ownerUrl` does not own the database.
    report(
      `${serviceUser} may still make temporary tables. As the database's owner: REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC;`,
    );
  }
}
