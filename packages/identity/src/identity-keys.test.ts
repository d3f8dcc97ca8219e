import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { generateIdentityKeys, publicKeysOf, readPrivateKeys, readPublicKeys } from './identity-keys.js';

const first = generateIdentityKeys();
const second = generateIdentityKeys();

function pemOf(privateKey: string): string {
  const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

describe('readPrivateKeys', () => {
  const kids = readPrivateKeys([first.privateKey, second.privateKey]).map(({ kid }) => kid);

  it('reads keys separated by commas or newlines, and arrays, in order', () => {
    for (const list of [
      `${first.privateKey},${second.privateKey}`,
      `\n ${first.privateKey}\n${second.privateKey}\n`,
      [first.privateKey, second.privateKey],
    ]) {
      expect(readPrivateKeys(list).map(({ kid }) => kid)).toEqual(kids);
    }
  });

  it('reads PEM blocks, even if the setting was split into lines', () => {
    const pem = pemOf(first.privateKey) + pemOf(second.privateKey);
    expect(readPrivateKeys(pem).map(({ kid }) => kid)).toEqual(kids);
    expect(readPrivateKeys(pem.split('\n')).map(({ kid }) => kid)).toEqual(kids);
  });

  it('names the position of a bad key in one sentence, and does not show the key', () => {
    const list = `${first.privateKey},c2VjcmV0`;
    expect(() => readPrivateKeys(list)).toThrow(
      'Identity key 2 of 2 is not an Ed25519 private key (PKCS#8) in base64 DER or PEM.',
    );
    expect(() => readPrivateKeys(' , ')).toThrow('The list of identity keys is empty');
  });

  it('refuses a key of another algorithm', () => {
    const rsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'der', type: 'pkcs8' });
    expect(() => readPrivateKeys(rsa.toString('base64'))).toThrow('not an Ed25519 private key');
  });
});

describe('readPublicKeys', () => {
  it('gives a public key the same id as its private key', () => {
    const [publicKey] = readPublicKeys(first.publicKey);
    const [privateKey] = readPrivateKeys(first.privateKey);
    expect(publicKey?.kid).toBe(privateKey?.kid);
  });

  it('refuses a private key, because a service that only verifies must not have one', () => {
    expect(() => readPublicKeys(first.privateKey)).toThrow('not an Ed25519 public key');
    expect(() => readPublicKeys(pemOf(first.privateKey))).toThrow('not an Ed25519 public key');
  });
});

describe('publicKeysOf', () => {
  it('returns the public keys in the order of the private keys', () => {
    expect(publicKeysOf([first.privateKey, second.privateKey])).toEqual([first.publicKey, second.publicKey]);
  });
});
