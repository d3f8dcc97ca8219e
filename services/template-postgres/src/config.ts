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
    'Public keys of the gateway. The service accepts an identity token if one of these keys verifies the signature of the token.',
  ),
  cursorSecrets: secretList({ charactersMin: 32 }).describe(
    'Secrets that sign list cursors. The service signs with the first secret, and accepts signatures of all secrets.',
  ),
});

export type Config = z.output<typeof configSchema>;
