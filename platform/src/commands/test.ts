/**
 * npm test: sets up, starts PostgreSQL, Redis and MongoDB with throwaway data on free ports, runs jest, and stops everything.
 *
 *   npm test -- services/accounts     passes the arguments to jest
 *   npm test -- --keep                starts only the stores, in the foreground, and prints the variables that jest needs
 */
import { runTests } from '../test/run-tests.ts';

await runTests(process.argv.slice(2));
