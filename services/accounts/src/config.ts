import { flag, integer, secretList } from '@mainstay/config';
import { outboxSettings } from '@mainstay/outbox';
import { postgresSettings } from '@mainstay/postgres';
import { serviceSettings } from '@mainstay/service';
import { z } from 'zod';

export const configSchema = z.object({
  ...serviceSettings({ port: 3001, managementPort: 3901 }),
  ...postgresSettings,
  ...outboxSettings,
  identityPublicKeys: secretList().describe(
    'Public keys of the gateway. A token is valid if one of these keys signed it.',
  ),
  cursorSecrets: secretList({ charactersMin: 32 }).describe(
    'Secrets for list cursors. The first secret signs; all secrets verify.',
  ),
  passwordQueueMax: integer({ min: 1, max: 10_000 })
    .default(32)
    .describe('Passwords that may wait to be hashed in each process. Further sign-ins get 503.'),
  demoDeposits: flag()
    .default(true)
    .describe(
      'Enables POST /v1/accounts/:id/deposits, which creates money for a demo. Set it to false in production: the route then responds with 404.',
    ),
  // feature: statements
  statementThreads: integer({ min: 1, max: 64 })
    .default(1)
    .describe('Worker threads that render statements, in each process.'),
  // end feature: statements
});

export type Config = z.output<typeof configSchema>;
