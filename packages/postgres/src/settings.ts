import { integer, secretUrl } from '@mainstay/config';
import { z } from 'zod';

const postgresUrl = { protocols: ['postgres', 'postgresql'] };

/** The settings of a service with a PostgreSQL database. Spread them into the service's schema. */
export const postgresSettings = {
  databaseUrl: secretUrl(postgresUrl).describe('PostgreSQL, as the role of the service.'),
  databasePoolMax: integer({ min: 1, max: 500 })
    .default(20)
    .describe(
      'Connections of the service, divided among its PM2 workers, at least 2 each. A reload may double them, and each worker has one more for the outbox. Stay below max_connections.',
    ),
  databasePoolMin: integer({ min: 1, max: 500 })
    .default(4)
    .describe('Connections that each process opens before it is ready, and keeps while it has no work.'),
  databaseConnectTimeoutMs: integer({ min: 100, max: 60_000 })
    .default(2_000)
    .describe('How long a statement waits for a connection, and a new connection for PostgreSQL.'),
  databaseWaitingMax: integer({ min: 0, max: 100_000 })
    .default(200)
    .describe('Statements that may wait for a connection, divided among the workers. Further requests get 503.'),
  databaseStatementTimeoutMs: integer({ min: 100, max: 60_000 })
    .default(5_000)
    .describe(
      'Longest duration of a statement or an open transaction. Behind a pooler, the value that the migration command had applies.',
    ),
};

export type PostgresSettings = z.output<z.ZodObject<typeof postgresSettings>>;

/** The settings of the migration command. The command runs as the owner of the tables. */
export const migrationConfigSchema = z.object({
  databaseUrl: postgresSettings.databaseUrl,
  databaseStatementTimeoutMs: postgresSettings.databaseStatementTimeoutMs,
  databaseOwnerUrl: secretUrl(postgresUrl)
    .optional()
    .describe('PostgreSQL, as the role that owns the tables. Without it, the service’s role owns them.'),
});
