import { integer, secretList } from '@mainstay/config';
import { mongoSettings } from '@mainstay/mongo';
import { redisSettings, serviceSettings } from '@mainstay/service';
import { z } from 'zod';

export const configSchema = z.object({
  ...serviceSettings({ port: 3002, managementPort: 3902 }),
  ...mongoSettings,
  ...redisSettings('the event stream'),
  identityPublicKeys: secretList().describe(
    'Public keys of the gateway. The service accepts an identity token if one of these keys verifies the signature of the token.',
  ),
  cursorSecrets: secretList({ charactersMin: 32 }).describe(
    'Secrets that sign list cursors. The service signs with the first secret, and accepts signatures of all secrets.',
  ),
  eventRetentionDays: integer({ min: 1, max: 3_650 })
    .default(30)
    .describe('Number of days after which events are deleted.'),
  eventAttemptsMax: integer({ min: 1, max: 100 })
    .default(5)
    .describe(
      'Number of attempts to store an event. If MongoDB refuses the event in all attempts, the event becomes a dead letter.',
    ),
  liveFeedsMax: integer({ min: 1, max: 100_000 })
    .default(5_000)
    .describe('Highest number of open live feeds in one process, for all users together.'),
});

export type Config = z.output<typeof configSchema>;

/** Settings of the command `dead-letters`. */
export const commandConfigSchema = configSchema.pick({
  redisUrl: true,
  redisSentinels: true,
  redisSentinelPassword: true,
});
