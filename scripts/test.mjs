// @ts-check
/**
 * npm test: sets up, starts PostgreSQL, Redis and MongoDB with throwaway data on free ports, runs jest, stops everything.
 *
 *   npm test -- services/accounts     what jest takes, it passes on
 *   node scripts/test.mjs --keep      only the stores, in the foreground; prints the variables that jest needs
 */
import './platform/node-version.mjs';

import('./test/run-tests.mjs').then(({ runTests }) => runTests(process.argv.slice(2)));
