import { secretList } from '@mainstay/config';
import { serviceSettings } from '@mainstay/service';
import { z } from 'zod';

export const configSchema = z.object({
  ...serviceSettings({ port: 3099, managementPort: 3999 }),
  identityPublicKeys: secretList().describe(
    'Public keys of the gateway. The service accepts an identity token if one of these keys verifies the signature of the token.',
  ),
});

export type Config = z.output<typeof configSchema>;
