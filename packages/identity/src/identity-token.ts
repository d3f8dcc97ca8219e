/** The request header in which the gateway sends the token to a service. */
export const IDENTITY_HEADER = 'mainstay-identity';

/** The user for whom the gateway calls. Without `userId` the caller is anonymous. */
export interface Identity {
  userId?: string;
  /** The public id of the session. It is not the secret in the cookie. */
  sessionId?: string;
}

export const ISSUER = 'gateway';
export const ALGORITHM = 'EdDSA';
/** The header `typ` of every identity token (RFC 8725 § 3.11). */
export const TOKEN_TYPE = 'identity+jwt';

/** A stolen token can be used for at most this time plus `CLOCK_TOLERANCE_S` of the verifier, at one service. */
export const LIFETIME_S_MAX = 60;

/** Returns the time of day, because other machines compare the times in a token with their own clocks. */
export function wallClockMs(): number {
  // eslint-disable-next-line no-restricted-properties -- this is a time of day
  return Date.now();
}
