import { integer, secretList } from '@mainstay/config';
import { mongoSettings } from '@mainstay/mongo';
import { redisSettings, serviceSettings } from '@mainstay/service';
import { z } from 'zod';

/** Every setting of the activity service. */
export const configSchema = z.object({
  ...serviceSettings({ port: 3002, managementPort: 3902 }),
  ...mongoSettings,
  ...redisSettings('the event stream'),
  identityPublicKeys: secretList().describe('Public keys of the gateway. A token signed by any of them is valid.'),
  cursorSecrets: secretList({ charactersMin: 32 }).describe('Sign list cursors: the first signs, all verify.'),
  eventRetentionDays: integer({ min: 1, max: 3_650 }).default(30).describe('Events older than this are deleted.'),
  eventAttemptsMax: integer({ min: 1, max: 100 })
    .default(5)
    .describe('Attempts to store an event that MongoDB refuses, before it goes to the dead letters.'),
  liveFeedsMax: integer({ min: 1, max: 100_000 })
    .default(5_000)
    .describe('Most open live feeds of one process, of all users together.'),
});

export type Config = z.output<typeof configSchema>;

/** Settings of the dead letter command. */
export const commandConfigSchema = configSchema.pick({
  redisUrl: true,
  redisSentinels: true,
  redisSentinelPassword: true,
});
