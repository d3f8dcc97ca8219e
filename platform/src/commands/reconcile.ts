/** npm run reconcile: checks the ledger of accounts: each balance equals the sum of its entries, and all balances sum to zero. The exit code is 1 if they do not. Reads the running platform. */
import { runServiceCommand } from '../start/run-service-command.ts';

await runServiceCommand('accounts', 'reconcile');
