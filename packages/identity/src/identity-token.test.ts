import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { createIdentityIssuer } from './identity-issuer.js';
import { generateIdentityKeys, readPrivateKeys } from './identity-keys.js';
import { createIdentityVerifier } from './identity-verifier.js';

const keys = generateIdentityKeys();
const issuer = createIdentityIssuer({ privateKeys: keys.privateKey });
const verifier = createIdentityVerifier({ publicKeys: keys.publicKey, audience: 'accounts' });
const signer = readPrivateKeys(keys.privateKey)[0]!;
const refusal = { code: 'unauthenticated' };

afterEach(() => void jest.restoreAllMocks());

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Stops the time of day and the time since the start of the process. `set` changes only the time of day. */
function stopClocks() {
  // Start a day later, because earlier tests have cached tokens.
  let [dayMs, startMs] = [now() * 1000 + 100_000_000, performance.now() + 100_000_000];
  jest.spyOn(Date, 'now').mockImplementation(() => dayMs);
  jest.spyOn(performance, 'now').mockImplementation(() => startMs);
  return {
    pass(ms: number) {
      dayMs += ms;
      startMs += ms;
    },
    set: (stepMs: number) => void (dayMs += stepMs),
  };
}

interface Forgery {
  claims?: JWTPayload;
  header?: { alg?: string; kid?: string; typ?: string };
  key?: KeyObject | Uint8Array;
}

/** Makes a valid token and applies the test's changes. */
function forge({ claims = {}, header = {}, key = signer.key }: Forgery = {}): Promise<string> {
  const valid = { iss: 'gateway', aud: 'accounts', sub: 'user-1', iat: now(), exp: now() + 60 };
  return new SignJWT({ ...valid, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', kid: signer.kid, ...header })
    .sign(key);
}

describe('an identity token', () => {
  it('is accepted repeatedly until it expires, and then refused', async () => {
    const clock = stopClocks();
    const token = await forge();
    expect(await verifier.verify(token)).toEqual({ userId: 'user-1' });
    clock.pass(59_000);
    expect(await verifier.verify(token)).toEqual({ userId: 'user-1' });
    clock.pass(32_000);
    await expect(verifier.verify(token)).rejects.toMatchObject(refusal);
  });

  it('names the caller to the audience', async () => {
    const token = await issuer.issue({ audience: 'accounts', userId: 'user-1', sessionId: 'session-1' });
    expect(await verifier.verify(token)).toEqual({ userId: 'user-1', sessionId: 'session-1' });
  });

  it('may be anonymous', async () => {
    expect(await verifier.verify(await issuer.issue({ audience: 'accounts' }))).toEqual({});
  });

  it('is valid for 60 s, and a reused token has at least 40 s left', async () => {
    const clock = stopClocks();
    const request = { audience: 'accounts', userId: 'user-1' };
    const token = await issuer.issue(request);
    const { iat, exp } = decodeJwt(token);
    expect(exp! - iat!).toBe(60);
    clock.pass(19_000);
    expect(await issuer.issue(request)).toBe(token);
    clock.pass(1_000);
    expect(await issuer.issue(request)).not.toBe(token);
  });

  it('has the times of the current clock, even if the clock was set after the last token', async () => {
    const clock = stopClocks();
    for (const stepMs of [-30_000, -3_600_000, 3_600_000, -60_000]) {
      const before = await issuer.issue({ audience: 'accounts', userId: 'user-1' });
      clock.set(stepMs);
      clock.pass(100);
      const after = await issuer.issue({ audience: 'accounts', userId: 'user-1' });
      expect(after).not.toBe(before);
      expect(decodeJwt(after).iat).toBe(now());
    }
  });

  it('is never shared between users, sessions or audiences', async () => {
    const tokens = await Promise.all([
      issuer.issue({ audience: 'accounts' }),
      issuer.issue({ audience: 'accounts', userId: 'a' }),
      issuer.issue({ audience: 'accounts', sessionId: 'a' }),
      issuer.issue({ audience: 'accounts', userId: 'a', sessionId: 'b' }),
      issuer.issue({ audience: 'activity', userId: 'a', sessionId: 'b' }),
    ]);
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});

describe('the verifier', () => {
  it('accepts an unchanged test token, so that the change in each later test is the cause of the refusal', async () => {
    expect(await verifier.verify(await forge())).toEqual({ userId: 'user-1' });
  });

  it.each<[string, () => Forgery]>([
    ['of another audience', () => ({ claims: { aud: 'activity' } })],
    ['of more than one audience', () => ({ claims: { aud: ['accounts', 'activity'] } })],
    ['of no audience', () => ({ claims: { aud: undefined } })],
    ['of another issuer', () => ({ claims: { iss: 'accounts' } })],
    ['that has expired', () => ({ claims: { iat: now() - 91, exp: now() - 31 } })],
    ['that never expires', () => ({ claims: { exp: undefined } })],
    ['that does not say when it was issued', () => ({ claims: { iat: undefined } })],
    ['issued in the future', () => ({ claims: { iat: now() + 40, exp: now() + 60 } })],
    ['that is valid for longer than 60 s', () => ({ claims: { exp: now() + 61 } })],
    ['with an empty user', () => ({ claims: { sub: '' } })],
    ['with a session that is not a string', () => ({ claims: { sid: 1 } })],
    ['of an unknown key', () => ({ header: { kid: 'other' } })],
    ['that names no key', () => ({ header: { kid: undefined } })],
    ['signed by another key with the id of a known key', () => ({ key: keyObject(generateIdentityKeys().privateKey) })],
    ['signed by a secret', () => ({ header: { alg: 'HS256' }, key: Buffer.from(keys.publicKey, 'base64') })],
    ['of another type', () => ({ header: { typ: 'JWT' } })],
    ['with another name of the same algorithm', () => ({ header: { alg: 'Ed25519' } })],
  ])('refuses a token %s', async (_what, forgery) => {
    await expect(verifier.verify(await forge(forgery()))).rejects.toMatchObject(refusal);
  });

  it('refuses a token without a signature, and text that is not a token', async () => {
    const unsigned = new UnsecuredJWT({ sub: 'user-1' }).setIssuer('gateway').setAudience('accounts');
    unsigned.setIssuedAt().setExpirationTime('60s');
    const [header, payload] = (await forge()).split('.');
    for (const token of [unsigned.encode(), `${header}.${payload}.`, '', 'x', 'a.b.c']) {
      await expect(verifier.verify(token)).rejects.toMatchObject(refusal);
    }
  });

  it('tolerates clocks that differ by less than 30 s', async () => {
    expect(await verifier.verify(await forge({ claims: { iat: now() + 28, exp: now() + 60 } }))).toBeDefined();
    expect(await verifier.verify(await forge({ claims: { iat: now() - 88, exp: now() - 28 } }))).toBeDefined();
  });

  it('reports a difference of the clocks only if the difference is the reason', async () => {
    const tokens = [
      forge({ claims: { iat: now() + 40, exp: now() + 60 } }),
      forge({ claims: { iat: now() - 91, exp: now() - 31 } }),
      forge({ claims: { aud: 'activity', iat: now() - 91, exp: now() - 31 } }),
      forge({ key: keyObject(generateIdentityKeys().privateKey), claims: { iat: now() + 40 } }),
    ];
    const marks = await Promise.all(
      tokens.map(async (token) =>
        verifier.verify(await token).then(
          () => 'accepted',
          (error: unknown) => (error as { headers: Record<string, string> }).headers['mainstay-identity'],
        ),
      ),
    );
    expect(marks).toEqual(['clock', 'clock', 'refused', 'refused']);
  });
});

describe('the type of a token', () => {
  it('is in every token', async () => {
    expect(decodeProtectedHeader(await issuer.issue({ audience: 'accounts' })).typ).toBe('identity+jwt');
  });

  it('may be missing, as in tokens of release 0.1.0, so that no user is refused during an update or a rollback', async () => {
    expect(await verifier.verify(await forge({ header: { typ: undefined } }))).toEqual({ userId: 'user-1' });
    // Release 0.1.0 verifies a token in this way and does not check the type.
    const token = await issuer.issue({ audience: 'accounts', userId: 'user-1' });
    const options = { algorithms: ['EdDSA'], issuer: 'gateway', audience: 'accounts' };
    const { payload } = await jwtVerify(token, createPublicKey(signer.key), options);
    expect(payload.sub).toBe('user-1');
  });
});

describe('key rotation', () => {
  it('refuses no user: the services get the new key, the gateway signs with it, and the services drop the old key', async () => {
    const next = generateIdentityKeys();
    const request = { audience: 'accounts', userId: 'user-1' };
    const oldGateway = createIdentityIssuer({ privateKeys: keys.privateKey });
    const newGateway = createIdentityIssuer({ privateKeys: [next.privateKey, keys.privateKey] });
    const both = createIdentityVerifier({ publicKeys: [next.publicKey, keys.publicKey], audience: 'accounts' });
    const newOnly = createIdentityVerifier({ publicKeys: next.publicKey, audience: 'accounts' });

    expect(await both.verify(await oldGateway.issue(request))).toEqual({ userId: 'user-1' });
    expect(await both.verify(await newGateway.issue(request))).toEqual({ userId: 'user-1' });
    expect(await newOnly.verify(await newGateway.issue(request))).toEqual({ userId: 'user-1' });
    await expect(newOnly.verify(await oldGateway.issue(request))).rejects.toMatchObject(refusal);
  });
});

function keyObject(privateKey: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
}
