/** npm run reconcile: checks the ledger of accounts in the running platform: each balance equals the sum of its entries, and all balances sum to zero. The exit code is 1 if a check fails. */
import { runServiceCommand } from '../start/run-service-command.ts';

await runServiceCommand('accounts', 'reconcile');
