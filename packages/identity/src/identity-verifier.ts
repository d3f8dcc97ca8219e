import { errors, jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { readPublicKeys, type KeyList } from './identity-keys.js';
import { identityRefused } from './identity-refusal.js';
import { ALGORITHM, ISSUER, LIFETIME_S_MAX, TOKEN_TYPE, wallClockMs, type Identity } from './identity-token.js';

export interface IdentityVerifier {
  /**
   * Returns the identity in a valid token, and remembers the token until it expires.
   * @throws AppError unauthenticated for any other token
   */
  verify(token: string): Promise<Identity>;
}

/** The largest accepted difference between the clocks of two machines. */
const CLOCK_TOLERANCE_S = 30;

/** A token has about 400 characters. With their identities, this many tokens need about 7 MB. */
const REMEMBERED_TOKENS_MAX = 10_000;

/**
 * Accepts a token that any key of the list has signed for this audience.
 * @throws Error with one sentence if a key cannot be read
 */
export function createIdentityVerifier(options: { publicKeys: KeyList; audience: string }): IdentityVerifier {
  const { audience } = options;
  const keys = new Map(readPublicKeys(options.publicKeys).map(({ kid, key }) => [kid, key]));
  const verified = new LRUCache<string, Identity>({ max: REMEMBERED_TOKENS_MAX, ttlResolution: 0 });

  return {
    async verify(token) {
      const known = verified.get(token);
      if (known) return known;
      try {
        const { payload, protectedHeader } = await jwtVerify(
          token,
          ({ kid }) => {
            const key = kid === undefined ? undefined : keys.get(kid);
            if (!key) throw new Error('The identity token names a key that this service does not know.');
            return key;
          },
          {
            algorithms: [ALGORITHM],
            issuer: ISSUER,
            audience,
            clockTolerance: CLOCK_TOLERANCE_S,
            currentDate: new Date(wallClockMs()),
            maxTokenAge: LIFETIME_S_MAX,
            requiredClaims: ['exp', 'iat'],
          },
        );
        refuseOtherType(protectedHeader);
        const identity = identityOf(payload);
        const leftMs = (payload.exp! + CLOCK_TOLERANCE_S) * 1000 - wallClockMs();
        if (leftMs >= 1) verified.set(token, identity, { ttl: Math.min(leftMs, LIFETIME_S_MAX * 1000) });
        return identity;
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : 'it cannot be read';
        throw identityRefused(reason, { cause, mark: isAboutTime(cause) ? 'clock' : 'refused' });
      }
    },
  };
}

/** Tokens of release 0.1.0 have no type, so a missing type is accepted. */
function refuseOtherType({ typ }: JWTHeaderParameters): void {
  if (typ !== undefined && typ !== TOKEN_TYPE) throw new Error('The token is not an identity token.');
}

/** True if a known key has signed the token, but its times do not fit the clock of this service. */
function isAboutTime(error: unknown): boolean {
  if (error instanceof errors.JWTExpired) return true;
  return error instanceof errors.JWTClaimValidationFailed && error.claim === 'iat' && error.reason === 'check_failed';
}

/** Checks what `jwtVerify` does not check: one audience, the lifetime, the types of the claims. */
function identityOf({ aud, iat, exp, sub, sid }: JWTPayload): Identity {
  if (typeof aud !== 'string') throw new Error('The identity token is for more than one audience.');
  if (iat === undefined || exp === undefined || exp - iat > LIFETIME_S_MAX) {
    throw new Error(`The identity token is valid for longer than ${LIFETIME_S_MAX} s.`);
  }
  const userId = optionalText('sub', sub);
  const sessionId = optionalText('sid', sid);
  return { ...(userId !== undefined && { userId }), ...(sessionId !== undefined && { sessionId }) };
}

function optionalText(claim: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  // An empty id must not count as a user.
  if (typeof value !== 'string' || value === '')
    throw new Error(`The identity token's claim ${claim} is not a string.`);
  return value;
}
