import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** A key and its id in tokens (`kid`), the RFC 7638 thumbprint. */
export interface IdentityKey {
  kid: string;
  key: KeyObject;
}

/** Keys as base64 DER, separated by commas or newlines, or as PEM blocks. */
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
 * Returns the public keys of private keys, for IDENTITY_PUBLIC_KEYS.
 * @throws Error as `readPrivateKeys` does
 */
export function publicKeysOf(privateKeys: KeyList): string[] {
  return readPrivateKeys(privateKeys).map(({ key }) =>
    base64(createPublicKey(key).export({ format: 'der', type: 'spki' })),
  );
}

/** Returns a new Ed25519 pair for IDENTITY_PRIVATE_KEYS and IDENTITY_PUBLIC_KEYS. */
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

/** OpenSSL's message could quote the key, so the message is dropped. */
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
