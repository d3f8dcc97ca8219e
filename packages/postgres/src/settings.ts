import { integer, secretUrl } from '@mainstay/config';
import { z } from 'zod';

const postgresUrl = { protocols: ['postgres', 'postgresql'] };

/** The settings of a service with a PostgreSQL database. Spread them into the service's schema. */
export const postgresSettings = {
  databaseUrl: secretUrl(postgresUrl).describe(
    'URL of the PostgreSQL database. The user in the URL is the role of the service.',
  ),
  databasePoolMax: integer({ min: 1, max: 500 })
    .default(20)
    .describe(
      'Highest number of PostgreSQL connections of the service, shared equally by its PM2 workers. Each worker gets at least 2 connections, or 1 if this number is 1, and one more for the outbox. A reload can double the number of connections. Even then, the number must stay below max_connections.',
    ),
  databasePoolMin: integer({ min: 1, max: 500 })
    .default(4)
    .describe(
      'Number of connections that each process opens before the process is ready, but at most its share of DATABASE_POOL_MAX. The process keeps these connections open while it is idle.',
    ),
  databaseConnectTimeoutMs: integer({ min: 100, max: 60_000 })
    .default(2_000)
    .describe(
      'Longest time for which a statement waits for a free connection. The same limit applies while the service opens a new connection to PostgreSQL.',
    ),
  databaseWaitingMax: integer({ min: 0, max: 100_000 })
    .default(200)
    .describe(
      'Highest number of statements that wait for a connection, shared equally by the PM2 workers. A request with a further statement gets 503.',
    ),
  databaseStatementTimeoutMs: integer({ min: 100, max: 60_000 })
    .default(5_000)
    .describe(
      'Longest duration of a statement, and longest idle time of an open transaction. Behind a connection pooler, PostgreSQL uses the value that the migration command had in its last run.',
    ),
};

export type PostgresSettings = z.output<z.ZodObject<typeof postgresSettings>>;

/** The settings of the migration command. The command runs as the owner of the tables. */
export const migrationConfigSchema = z.object({
  databaseUrl: postgresSettings.databaseUrl,
  databaseStatementTimeoutMs: postgresSettings.databaseStatementTimeoutMs,
  databaseOwnerUrl: secretUrl(postgresUrl)
    .optional()
    .describe(
      'URL of the PostgreSQL database. The user in the URL is the role that owns the tables. If this setting is empty, the role of the service owns the tables.',
    ),
});
