/** Settings that switch rate limits off, because the clients of a proof share one address and a few users. */
export const withoutLimits = {
  RATE_LIMIT_ANONYMOUS_MAX: '100000000',
  RATE_LIMIT_SESSION_MAX: '100000000',
  RATE_LIMIT_LOGIN_MAX: '100000000',
};
