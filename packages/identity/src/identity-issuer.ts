import { SignJWT } from 'jose';
import { readPrivateKeys, type KeyList } from './identity-keys.js';
import { ALGORITHM, ISSUER, LIFETIME_S_MAX, TOKEN_TYPE, type Identity } from './identity-token.js';

export interface IdentityRequest extends Identity {
  /** The name of the one service that may accept the token. */
  audience: string;
}

export interface IdentityIssuer {
  /** A token with at least 40 of its 60 seconds left: equal calls within 20 s share one, so that not every request pays for a signature. */
  issue(request: IdentityRequest): Promise<string>;
}

const REUSE_MS = 20_000;
const CACHED_TOKENS_MAX = 10_000;

/**
 * Signs with the first key of the list; the others are there so that `publicKeysOf` can name them while keys are rotated.
 * @throws Error with one readable sentence where a key cannot be read
 */
export function createIdentityIssuer({ privateKeys }: { privateKeys: KeyList }): IdentityIssuer {
  const [signer] = readPrivateKeys(privateKeys);
  if (!signer) throw new Error('An identity issuer needs a private key.');
  const { kid, key } = signer;
  const cache = createTokenCache();

  async function sign({ audience, userId, sessionId }: IdentityRequest): Promise<string> {
    const issuedAt = Math.floor(Date.now() / 1000);
    const token = new SignJWT(sessionId === undefined ? {} : { sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: TOKEN_TYPE })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFETIME_S_MAX);
    if (userId !== undefined) token.setSubject(userId);
    return token.sign(key);
  }

  return {
    issue: (request) =>
      cache.get(JSON.stringify([request.audience, request.userId, request.sessionId]), () => sign(request)),
  };
}

function createTokenCache() {
  const tokens = new Map<string, { token: Promise<string>; freshUntil: number }>();

  /** All entries stay fresh equally long, so the oldest stand first: stale ones go, and the oldest where there are too many. */
  function makeRoom(now: number): void {
    for (const [name, entry] of tokens) {
      if (entry.freshUntil > now && tokens.size < CACHED_TOKENS_MAX) return;
      tokens.delete(name);
    }
  }

  return {
    get(name: string, sign: () => Promise<string>): Promise<string> {
      const now = Date.now();
      const cached = tokens.get(name);
      if (cached && cached.freshUntil > now) return cached.token;
      tokens.delete(name);
      makeRoom(now);
      const token = sign();
      tokens.set(name, { token, freshUntil: now + REUSE_MS });
      token.catch(() => tokens.delete(name));
      return token;
    },
  };
}
