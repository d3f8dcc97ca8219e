/**
 * npm run stores: the three stores in the foreground, for services that are started by hand or by PM2.
 *
 *   npm run stores                 migrates, writes a missing .env (mode 0600), and prints what to do next; Ctrl-C stops the stores
 *   npm run stores -- --reset      wipes the data first
 */
import { readSwitches } from '../options.ts';
import { runStores } from '../start/run-stores.ts';
import { runCommand } from '../terminal.ts';

await runCommand(() => runStores(readSwitches('reset')));
