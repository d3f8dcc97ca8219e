// @ts-check
/**
 * npm run stores: the three stores in the foreground, for those who have none and start the services themselves.
 * Migrates, writes a missing .env (mode 0600), and says what to do next. `npm run stores -- --reset` wipes .data/ first.
 */
import './platform/node-version.mjs';

import('./platform/run-stores.mjs').then(({ runStores }) => runStores(process.argv.slice(2)));
