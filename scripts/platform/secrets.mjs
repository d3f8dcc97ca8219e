// @ts-check
/** The platform's own secrets: made once, kept in the data directory for this user alone. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @typedef {{ SESSION_SECRET: string, CURSOR_SECRETS: string, IDENTITY_PRIVATE_KEYS: string, IDENTITY_PUBLIC_KEYS: string }} Secrets */

/**
 * Reads the secrets, or makes them when there are none yet. The packages must be built.
 * @param {string} directory
 * @returns {Promise<Secrets>}
 */
export async function readSecrets(directory) {
  const file = join(directory, 'secrets.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text);
  const { generateIdentityKeys } = await import('../../packages/identity/dist/index.js');
  const { privateKey, publicKey } = await generateIdentityKeys();
  const secrets = {
    SESSION_SECRET: randomBytes(32).toString('base64url'),
    CURSOR_SECRETS: randomBytes(32).toString('base64url'),
    IDENTITY_PRIVATE_KEYS: privateKey,
    IDENTITY_PUBLIC_KEYS: publicKey,
  };
  await writeFile(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file); // whole or not at all
  return secrets;
}
