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
      'Connections of the service, divided among its PM2 workers, at least 2 each. A reload may double them, and each worker has one more for the outbox. Stay below max_connections.',
    ),
  databaseWaitingMax: integer({ min: 0, max: 100_000 })
    .default(200)
    .describe('Statements that may wait for a connection, divided among the workers. Further requests get 503.'),
  databaseStatementTimeoutMs: integer({ min: 100, max: 60_000 })
    .default(5_000)
    .describe(
      'Longest duration of a statement or an open transaction. Behind a pooler, the value that the migration command had applies.',
    ),
  ...redisSettings('the event stream'),
  identityPublicKeys: secretList().describe('Public keys of the gateway. A token signed by any of them is valid.'),
  cursorSecrets: secretList({ charactersMin: 32 }).describe('Sign list cursors: the first signs, all verify.'),
  passwordQueueMax: integer({ min: 1, max: 10_000 })
    .default(32)
    .describe('Passwords that may wait to be hashed in each process. Further sign-ins get 503.'),
  eventRetentionDays: integer({ min: 1, max: 3_650 }).default(30).describe('How long the outbox keeps events.'),
  streamBacklogMax: integer({ min: 1 })
    .default(100_000)
    .describe('Number of messages in the stream above which the relay pauses.'),
  demoDeposits: flag()
    .default(true)
    .describe(
      'Whether POST /v1/accounts/:id/deposits exists, which creates money for a demo. Turn it off in production: the route then responds with 404.',
    ),
  statementThreads: integer({ min: 1, max: 64 })
    .default(1)
    .describe('Worker threads that render statements, in each process.'),
});

export type Config = z.output<typeof configSchema>;

/** Settings of the migration command, which runs as the owner of the tables. */
export const migrationConfigSchema = z.object({
  databaseUrl: configSchema.shape.databaseUrl,
  databaseStatementTimeoutMs: configSchema.shape.databaseStatementTimeoutMs,
  databaseOwnerUrl: secretUrl(postgresUrl)
    .optional()
    .describe('PostgreSQL, as the role that owns the tables. Without it, the service’s role owns them.'),
});

/** Settings of the commands that inspect or rewind the running platform. */
export const commandConfigSchema = configSchema.pick({
  databaseUrl: true,
  redisUrl: true,
  redisSentinels: true,
  redisSentinelPassword: true,
});
