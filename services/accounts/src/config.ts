import { flag, integer, secretList, secretUrl } from '@mainstay/config';
import { redisSettings, serviceSettings } from '@mainstay/service';
import { z } from 'zod';

const postgresUrl = { protocols: ['postgres', 'postgresql'] };

/** Every setting of the accounts service. */
export const configSchema = z.object({
  ...serviceSettings({ port: 3001, managementPort: 3901 }),
  databaseUrl: secretUrl(postgresUrl).describe('PostgreSQL, as the role of the service.'),
  databasePoolMax: integer({ min: 1, max: 500 })
    .default(20)
    .describe(
      'Connections of the service, shared out among its PM2 workers, at least 2 each. A reload may double it, and each worker has one more for the outbox: stay below max_connections.',
    ),
  databaseWaitingMax: integer({ min: 0, max: 100_000 })
    .default(200)
    .describe(
      'Statements that may wait for a connection at once, shared out likewise; beyond them requests are refused with 503.',
    ),
  databaseStatementTimeoutMs: integer({ min: 100, max: 60_000 })
    .default(5_000)
    .describe(
      'Longest that a statement or an open transaction may take. Behind a pooler the limit is the one that the migration command was given.',
    ),
  ...redisSettings('the event stream'),
  identityPublicKeys: secretList().describe("The gateway's public keys; a token signed by any of them is taken."),
  cursorSecrets: secretList({ charactersMin: 32 }).describe('Sign list cursors: the first signs, all verify.'),
  passwordQueueMax: integer({ min: 1, max: 10_000 })
    .default(32)
    .describe('Passwords that may wait to be hashed, in each process; beyond them sign-ins are refused with 503.'),
  eventRetentionDays: integer({ min: 1, max: 3_650 }).default(30).describe('How long the outbox keeps events.'),
  streamBacklogMax: integer({ min: 1 })
    .default(100_000)
    .describe('Messages in the stream above which the relay pauses.'),
  demoDeposits: flag()
    .default(true)
    .describe(
      'Whether POST /v1/accounts/:id/deposits exists, which creates money for a demo. Off in production: the route answers 404.',
    ),
  statementThreads: integer({ min: 1, max: 64 })
    .default(1)
    .describe('Worker threads that render statements, in each process.'),
});

export type Config = z.output<typeof configSchema>;

/** What the migration command needs; it runs as the owner of the tables. */
export const migrationConfigSchema = z.object({
  databaseUrl: configSchema.shape.databaseUrl,
  databaseStatementTimeoutMs: configSchema.shape.databaseStatementTimeoutMs,
  databaseOwnerUrl: secretUrl(postgresUrl)
    .optional()
    .describe('PostgreSQL, as the role that owns the tables; without it the tables belong to the service’s own role.'),
});

/** What the commands that look at or rewind the running platform need. */
export const commandConfigSchema = configSchema.pick({
  databaseUrl: true,
  redisUrl: true,
  redisSentinels: true,
  redisSentinelPassword: true,
});
