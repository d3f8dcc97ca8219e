import { flag, integer, secretList } from '@mainstay/config';
import { outboxSettings } from '@mainstay/outbox';
import { postgresSettings } from '@mainstay/postgres';
import { serviceSettings } from '@mainstay/service';
import { z } from 'zod';

/** Every setting of the accounts service. */
export const configSchema = z.object({
  ...serviceSettings({ port: 3001, managementPort: 3901 }),
  ...postgresSettings,
  ...outboxSettings,
  identityPublicKeys: secretList().describe('Public keys of the gateway. A token signed by any of them is valid.'),
  cursorSecrets: secretList({ charactersMin: 32 }).describe('Sign list cursors: the first signs, all verify.'),
  passwordQueueMax: integer({ min: 1, max: 10_000 })
    .default(32)
    .describe('Passwords that may wait to be hashed in each process. Further sign-ins get 503.'),
  demoDeposits: flag()
    .default(true)
    .describe(
      'Whether POST /v1/accounts/:id/deposits exists, which creates money for a demo. Turn it off in production: the route then responds with 404.',
    ),
  // feature: statements
  statementThreads: integer({ min: 1, max: 64 })
    .default(1)
    .describe('Worker threads that render statements, in each process.'),
  // end feature: statements
});

export type Config = z.output<typeof configSchema>;
