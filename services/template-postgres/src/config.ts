import { secretList } from '@mainstay/config';
import { outboxSettings } from '@mainstay/outbox';
import { postgresSettings } from '@mainstay/postgres';
import { serviceSettings } from '@mainstay/service';
import { z } from 'zod';

export const configSchema = z.object({
  ...serviceSettings({ port: 3099, managementPort: 3999 }),
  ...postgresSettings,
  ...outboxSettings,
  identityPublicKeys: secretList().describe(
    'Public keys of the gateway. A token is valid if one of these keys signed it.',
  ),
  cursorSecrets: secretList({ charactersMin: 32 }).describe(
    'Secrets for list cursors. The first secret signs; all secrets verify.',
  ),
});

export type Config = z.output<typeof configSchema>;
