/** The request header that carries the token from the gateway to a service. */
export const IDENTITY_HEADER = 'mainstay-identity';

/** The user for whom the gateway calls. Without `userId` the caller is anonymous. */
export interface Identity {
  userId?: string;
  /** The public id of the session. It is not the secret in the cookie. */
  sessionId?: string;
}

export const ISSUER = 'gateway';
export const ALGORITHM = 'EdDSA';
/**
 * The header `typ` of every token (RFC 8725 § 3.11): a JWT that the same key signs for another purpose later is not
 * an identity. Version 0.1 neither sent nor read it. Version 0.2 sends it and refuses another type, but accepts a
 * token without one, so that both versions can run together. A later version may require it.
 */
export const TOKEN_TYPE = 'identity+jwt';

/** The longest lifetime. A stolen token can be used for a minute, at one service. */
export const LIFETIME_S_MAX = 60;

/** A token carries the time of day, and each side reads its own clock. */
export function wallClockMs(): number {
  // eslint-disable-next-line no-restricted-properties -- the time of day is meant
  return Date.now();
}
