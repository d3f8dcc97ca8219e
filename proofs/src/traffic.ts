/**
 * Realistic people on a platform that runs: they look, pay, mistype, read statements, sign in again and watch live. It ends by itself.
 *
 *   npm run traffic -- [--rate 10] [--duration 300] [--people 20] [--feeds 5] [--url http://127.0.0.1:3000] [--insecure]
 *
 * rate: requests a second. duration: seconds. people: at most 50, kept in .data/traffic/ with their sessions and used again, so that no limit is in the way.
 * insecure: takes a certificate that nobody signed, as compose's is.
 */

import { runTraffic } from './traffic/run-traffic.ts';

await runTraffic(process.argv.slice(2));
