export { createCursors, cutPage, positionOf, type Cursors } from './requests/cursors.js';
export { jsonBody } from './requests/json-body.js';
export {
  fingerprintOf,
  keyedRequest,
  sendStored,
  type KeyedRequest,
  type StoredReply,
} from './requests/keyed-request.js';
export { idempotencyKey, json, keyedReply, location } from './requests/openapi.js';
export { periodOf, type Period } from './requests/period.js';
export {
  amount,
  email,
  id,
  instant,
  line,
  newPassword,
  noQuery,
  pageOf,
  pageQuery,
  periodQuery,
  presentPassword,
} from './requests/schemas.js';
export { timeZone, zoneDayStart, zoneOffsetMs } from './requests/time-zone.js';
export { bodyOf, paramsOf, queryOf } from './requests/validated.js';
