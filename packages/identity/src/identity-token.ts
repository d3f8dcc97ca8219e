/** The request header that carries the token from the gateway to a service. */
export const IDENTITY_HEADER = 'mainstay-identity';

/** On whose behalf the gateway calls. Without `userId` the caller is anonymous. */
export interface Identity {
  userId?: string;
  /** The public id of the session, which is not the secret in the cookie. */
  sessionId?: string;
}

export const ISSUER = 'gateway';
export const ALGORITHM = 'EdDSA';
/**
 * The header `typ` of every token (RFC 8725 § 3.11): a JWT that the same key may one day sign for another purpose is not an identity. Version 0.1 neither
 * sent nor read it. Version 0.2 sends it and refuses another type, but still takes a token without one, so that processes of both versions understand
 * each other while one replaces the other, in either direction. A later version may require it.
 */
export const TOKEN_TYPE = 'identity+jwt';

/** No token lives longer: whoever gets hold of one can use it for a minute, towards one service. */
export const LIFETIME_S_MAX = 60;

/** A token carries the time of day, and each side reads its own clock. */
export function wallClockMs(): number {
  // eslint-disable-next-line no-restricted-properties -- the time of day is meant
  return Date.now();
}
