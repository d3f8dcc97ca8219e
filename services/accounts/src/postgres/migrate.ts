import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { migrationsDirectory, migrationsTable } from './schema-version.js';

export interface MigrateOptions {
  /** Role that owns the tables. */
  ownerUrl: string;
  /** Role of the running service: gets what it needs and no more. */
  serviceUrl: string;
  report: (line: string) => void;
}

/**
 * Brings the schema up to this build, then gives the service's role its rights. Running it again changes nothing; two at once do not
 * disturb each other: the second fails with a sentence and may be run again.
 */
export async function migrate({ ownerUrl, serviceUrl, report }: MigrateOptions): Promise<void> {
  const client = new Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000, lock_timeout: 10_000 });
  client.on('error', () => undefined); // The query that is under way rejects with the same error.
  await client.connect();
  try {
    const done = await runner({
      dbClient: client,
      dir: fileURLToPath(migrationsDirectory),
      migrationsTable,
      direction: 'up',
      logger: { debug: () => undefined, info: () => undefined, warn: report, error: report },
    });
    for (const { name } of done) report(`migrated ${name}`);
    const serviceUser = decodeURIComponent(new URL(serviceUrl).username);
    if (serviceUser !== client.user) await grantRights(client, serviceUser);
  } finally {
    await client.end();
  }
}

/** Entries and transfers may be added and read, never changed: the ledger's history does not depend on our own code being right. */
async function grantRights(client: Client, serviceUser: string): Promise<void> {
  const role = client.escapeIdentifier(serviceUser);
  await client.query(`
    GRANT USAGE ON SCHEMA public TO ${role};
    GRANT SELECT ON ${migrationsTable} TO ${role};
    GRANT SELECT, INSERT ON transfers, entries, outbox TO ${role};
    GRANT SELECT, INSERT, UPDATE ON users, accounts TO ${role};
    GRANT SELECT, INSERT, DELETE ON idempotency_keys TO ${role};
    GRANT EXECUTE ON FUNCTION keep_outbox_partitions TO ${role};
  `);
}
