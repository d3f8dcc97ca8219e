/** The platform's own secrets. They are made once, in a file of the data directory that only this user can read. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecretName } from '../services.ts';

export type Secrets = Record<SecretName, string>;

/** Reads the secrets, or makes them if the file does not exist. The packages must be built. */
export async function readSecrets(directory: string): Promise<Secrets> {
  const file = join(directory, 'secrets.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as Secrets;
  const { generateIdentityKeys } = await import('@mainstay/identity');
  const { privateKey, publicKey } = generateIdentityKeys();
  const secrets: Secrets = {
    SESSION_SECRET: randomBytes(32).toString('base64url'),
    CURSOR_SECRETS: randomBytes(32).toString('base64url'),
    IDENTITY_PRIVATE_KEYS: privateKey,
    IDENTITY_PUBLIC_KEYS: publicKey,
  };
  // Write a temporary file and rename it, so that no process reads a partial file.
  await writeFile(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secrets;
}
