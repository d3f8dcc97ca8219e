import { secretList } from '@mainstay/config';
import { serviceSettings } from '@mainstay/service';
import { z } from 'zod';

export const configSchema = z.object({
  ...serviceSettings({ port: 3099, managementPort: 3999 }),
  identityPublicKeys: secretList().describe(
    'Public keys of the gateway. A token is valid if one of these keys signed it.',
  ),
});

export type Config = z.output<typeof configSchema>;
