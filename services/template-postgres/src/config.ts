import { secretList } from '@mainstay/config';
import { outboxSettings } from '@mainstay/outbox';
import { postgresSettings } from '@mainstay/postgres';
import { serviceSettings } from '@mainstay/service';
import { z } from 'zod';

/** Every setting of the template service. */
export const configSchema = z.object({
  ...serviceSettings({ port: 3099, managementPort: 3999 }),
  ...postgresSettings,
  ...outboxSettings,
  identityPublicKeys: secretList().describe('Public keys of the gateway. A token signed by any of them is valid.'),
  cursorSecrets: secretList({ charactersMin: 32 }).describe('Sign list cursors: the first signs, all verify.'),
});

export type Config = z.output<typeof configSchema>;
