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

/** No token lives longer: whoever gets hold of one can use it for a minute, towards one service. */
export const LIFETIME_S_MAX = 60;
