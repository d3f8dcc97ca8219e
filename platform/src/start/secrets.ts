import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { keptText } from '../secrets/write-whole.ts';
import type { SecretName } from '../services.ts';

/** The platform's own secrets. They are made once, in a file of the data directory that only this user can read. */
export type Secrets = Record<SecretName, string>;

/** Reads the secrets, or makes them if the file does not exist. The packages must be built. */
export async function readSecrets(directory: string): Promise<Secrets> {
  const text = await keptText(join(directory, 'secrets.json'), async () => {
    const { generateIdentityKeys } = await import('@mainstay/identity');
    const { privateKey, publicKey } = generateIdentityKeys();
    const secrets: Secrets = {
      SESSION_SECRET: randomBytes(32).toString('base64url'),
      CURSOR_SECRETS: randomBytes(32).toString('base64url'),
      IDENTITY_PRIVATE_KEYS: privateKey,
      IDENTITY_PUBLIC_KEYS: publicKey,
    };
    return `${JSON.stringify(secrets, null, 2)}\n`;
  });
  return JSON.parse(text) as Secrets;
}
