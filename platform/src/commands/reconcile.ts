/**
 * npm run reconcile: checks the ledger of accounts in the running platform. For example, each balance must equal the
 * sum of its entries, and the balances of each currency must sum to zero. The exit code is 1 if a check fails.
 */
import { runServiceCommand } from '../start/run-service-command.ts';

await runServiceCommand('accounts', 'reconcile');
