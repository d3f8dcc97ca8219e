export { createCursors, cutPage, type Cursors } from './cursors.js';
export { jsonBody } from './json-body.js';
export { periodOf, type Period } from './period.js';
export { amount, id, instant, line, noQuery, pageOf, pageQuery, periodQuery } from './schemas.js';
export { bodyOf, paramsOf, queryOf } from './validated.js';
