export { createCursors, cutPage, type Cursors } from './cursors.js';
export { jsonBody } from './json-body.js';
export { periodOf, type Period } from './period.js';
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
} from './schemas.js';
export { timeZone, zoneDayStart, zoneOffsetMs } from './time-zone.js';
export { bodyOf, paramsOf, queryOf } from './validated.js';
