// @ts-check
/** npm run check: types, lint, format, imports, dead code, house rules, and the committed OpenAPI document. Runs all, reports all. */
import './platform/node-version.mjs';

import('./check/run-checks.mjs').then(({ runChecks }) => runChecks());
