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
    'Public keys of the gateway. The service accepts an identity token if one of these keys verifies the signature of the token.',
  ),
  cursorSecrets: secretList({ charactersMin: 32 }).describe(
    'Secrets that sign list cursors. The service signs with the first secret, and accepts signatures of all secrets.',
  ),
  passwordQueueMax: integer({ min: 1, max: 10_000 })
    .default(32)
    .describe(
      'Highest number of passwords that wait in each process until the process hashes them. Further sign-ins get 503.',
    ),
  demoDeposits: flag()
    .default(true)
    .describe(
      'Enables the route POST /v1/accounts/:id/deposits, which creates money for a demo. Use false in production, so that the route responds with 404.',
    ),
  // fork:remove statements
  statementThreads: integer({ min: 1, max: 64 })
    .default(1)
    .describe('Number of threads that render account statements in each process.'),
  // end of fork:remove statements
});

export type Config = z.output<typeof configSchema>;
