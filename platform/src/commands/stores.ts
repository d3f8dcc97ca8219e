/**
 * npm run stores: starts the three stores in the foreground, for services that you start by hand or with PM2.
 *
 *   npm run stores                 migrates, writes .env (mode 0600) if it is missing, and prints what to do next; Ctrl-C stops the stores
 *   npm run stores -- --reset      deletes the data first
 */
import { readSwitches } from '../options.ts';
import { runStores } from '../start/run-stores.ts';
import { runCommand } from '../terminal.ts';

await runCommand(() => runStores(readSwitches('reset')));
