// @ts-check
/**
 * npm start: the whole platform on this machine, from a fresh clone to a table that says where to go.
 *
 *   npm start                 installs, builds, starts stores and services, seeds two demo users; Ctrl-C stops it all
 *   npm start -- --reset      wipes .data/ first
 *   npm run dev               the same, and services are built and started again when a file changes
 */
import './platform/node-version.mjs';

import('./platform/start-platform.mjs').then(({ startPlatform }) => startPlatform(process.argv.slice(2)));
