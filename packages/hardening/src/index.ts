export { addressGroupOf, clientAddress, setClientAddress } from './client-address.js';
export { crossOrigin, type CrossOriginOptions } from './cross-origin.js';
export { createCrossSiteCheck, crossSiteCheck, type CrossSiteOptions } from './cross-site-check.js';
export { originOf, siteOf } from './origins.js';
export {
  createOverloadGuard,
  type Demand,
  type OverloadGuard,
  type OverloadGuardOptions,
  type Priority,
} from './overload/overload-guard.js';
export {
  createRateLimiters,
  limiters,
  type Limiter,
  type RateLimiters,
  type RateLimitersOptions,
} from './rate-limiters.js';
export type { SendCommand } from './redis-commands.js';
export type { Standing } from './request-limit.js';
export {
  dataReplyHeaders,
  securityHeaderList,
  securityHeaders,
  setHeaders,
  type SecurityHeadersOptions,
} from './security-headers.js';
export { refuseMalformed, type RefuseMalformedOptions } from './refuse-malformed.js';
export { createSemaphore, type EnterOptions, type Semaphore, type SemaphoreOptions } from './semaphore.js';
export { limitServer, serverOptions, type ServerLimits } from './server-limits.js';
