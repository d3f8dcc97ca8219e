import { SignJWT } from 'jose';
import { readPrivateKeys, type KeyList } from './identity-keys.js';
import { ALGORITHM, ISSUER, LIFETIME_S_MAX, TOKEN_TYPE, wallClockMs, type Identity } from './identity-token.js';

export interface IdentityRequest extends Identity {
  /** The name of the only service that may accept the token. */
  audience: string;
}

export interface IdentityIssuer {
  /** Returns a token that is valid for 39 to 60 s. Equal calls within 20 s get the same token. */
  issue(request: IdentityRequest): string | Promise<string>;
}

const REUSE_MS = 20_000;
const CACHED_TOKENS_MAX = 10_000;
/** If the clock jumps by more than this, an operator or NTP has set it, so cached tokens have wrong times. */
const CLOCK_STEP_MS = 1_000;

/**
 * Signs with the first key of the list. Further keys are for `publicKeysOf` during a rotation.
 * @throws Error with one sentence if a key cannot be read
 */
export function createIdentityIssuer({ privateKeys }: { privateKeys: KeyList }): IdentityIssuer {
  const [signer] = readPrivateKeys(privateKeys);
  if (!signer) throw new Error('An identity issuer needs a private key.');
  const { kid, key } = signer;
  const cache = createTokenCache();

  async function sign({ audience, userId, sessionId }: IdentityRequest): Promise<string> {
    const issuedAt = Math.floor(wallClockMs() / 1000);
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
    issue: (request) => cache.get(request, sign),
  };
}

interface CachedToken {
  /** A promise until the token is signed. */
  token: string | Promise<string>;
  freshUntilMs: number;
  clockOffsetMs: number;
}

function createTokenCache() {
  const tokens = new Map<string, CachedToken>();

  /** The entries at the start of the Map are the oldest, so they are deleted first. */
  function makeRoom(nowMs: number): void {
    for (const [name, entry] of tokens) {
      if (entry.freshUntilMs > nowMs && tokens.size < CACHED_TOKENS_MAX) return;
      tokens.delete(name);
    }
  }

  return {
    get(request: IdentityRequest, sign: (request: IdentityRequest) => Promise<string>): string | Promise<string> {
      // No part contains a space, so different requests have different names.
      const name = `${request.audience} ${request.userId ?? ''} ${request.sessionId ?? ''}`;
      const nowMs = performance.now();
      const clockOffsetMs = wallClockMs() - nowMs;
      const cached = tokens.get(name);
      const isFresh = cached !== undefined && cached.freshUntilMs > nowMs;
      if (isFresh && Math.abs(cached.clockOffsetMs - clockOffsetMs) < CLOCK_STEP_MS) return cached.token;
      tokens.delete(name);
      makeRoom(nowMs);
      const token = sign(request);
      const entry: CachedToken = { token, freshUntilMs: nowMs + REUSE_MS, clockOffsetMs };
      tokens.set(name, entry);
      token.then(
        (signed) => (entry.token = signed),
        () => tokens.delete(name),
      );
      return token;
    },
  };
}
