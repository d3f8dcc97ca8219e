import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/**
 * A key and its id in tokens (`kid`). The id is the RFC 7638 thumbprint, so that the gateway and the services derive
 * the same id.
 */
export interface IdentityKey {
  kid: string;
  key: KeyObject;
}

/**
 * A list of keys as a setting contains it: base64 DER separated by commas or newlines, or PEM blocks. The elements of
 * an array are joined by newlines first.
 */
export type KeyList = string | readonly string[];

/**
 * Reads Ed25519 private keys (PKCS#8).
 * @throws Error with one sentence that names the position in the list and never shows the key
 */
export function readPrivateKeys(list: KeyList): IdentityKey[] {
  return readKeys(list, {
    kind: 'private key (PKCS#8)',
    pemLabel: 'PRIVATE KEY',
    parse: (der) => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
  });
}

/**
 * Reads Ed25519 public keys (SPKI) and refuses a private key.
 * @throws Error with one sentence that names the position in the list and never shows the key
 */
export function readPublicKeys(list: KeyList): IdentityKey[] {
  return readKeys(list, {
    kind: 'public key (SPKI)',
    pemLabel: 'PUBLIC KEY',
    parse: (der) => createPublicKey({ key: der, format: 'der', type: 'spki' }),
  });
}

/**
 * The public keys of a list of private keys, in the same order, as base64 DER: the value of the services'
 * IDENTITY_PUBLIC_KEYS.
 * @throws Error as `readPrivateKeys` does
 */
export function publicKeysOf(privateKeys: KeyList): string[] {
  return readPrivateKeys(privateKeys).map(({ key }) =>
    base64(createPublicKey(key).export({ format: 'der', type: 'spki' })),
  );
}

/** A new Ed25519 pair as base64 DER, one line each, ready for IDENTITY_PRIVATE_KEYS and IDENTITY_PUBLIC_KEYS. */
export function generateIdentityKeys(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: base64(privateKey.export({ format: 'der', type: 'pkcs8' })),
    publicKey: base64(publicKey.export({ format: 'der', type: 'spki' })),
  };
}

interface KeyFormat {
  kind: string;
  pemLabel: string;
  parse: (der: Buffer) => KeyObject;
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;

function readKeys(list: KeyList, format: KeyFormat): IdentityKey[] {
  const text = typeof list === 'string' ? list : list.join('\n');
  const entries = splitList(text);
  if (entries.length === 0) throw new Error(`The list of identity keys is empty: it needs an Ed25519 ${format.kind}.`);
  return entries.map((entry, index) => {
    const key = parseKey(entry, format);
    if (key?.asymmetricKeyType !== 'ed25519') {
      throw new Error(
        `Identity key ${index + 1} of ${entries.length} is not an Ed25519 ${format.kind} in base64 DER or PEM.`,
      );
    }
    return { kid: thumbprint(key), key };
  });
}

interface ListEntry {
  label: string | undefined;
  base64: string;
}

function splitList(text: string): ListEntry[] {
  const blocks = [...text.matchAll(PEM_BLOCK)].map(([, label, body]) => ({
    label,
    base64: (body ?? '').replaceAll(/\s/g, ''),
  }));
  const lines = text
    .replaceAll(PEM_BLOCK, '\n')
    .split(/[\s,]+/)
    .filter((line) => line !== '')
    .map((line) => ({ label: undefined, base64: line }));
  return [...blocks, ...lines];
}

/**
 * Returns undefined if OpenSSL cannot read the key. The message of OpenSSL would not help, and might quote the input.
 */
function parseKey(entry: ListEntry, { pemLabel, parse }: KeyFormat): KeyObject | undefined {
  if (entry.label !== undefined && entry.label !== pemLabel) return undefined;
  try {
    return parse(Buffer.from(entry.base64, 'base64'));
  } catch {
    return undefined;
  }
}

function thumbprint(key: KeyObject): string {
  const { x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  // RFC 7638 § 3: the required members, sorted, without white space.
  return createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
}

function base64(der: Buffer): string {
  return der.toString('base64');
}
