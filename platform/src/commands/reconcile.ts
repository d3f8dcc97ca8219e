/** npm run reconcile: proves that all balances equal their entries and sum to zero. Exit code 1 if they do not. Reads the running platform. */
import { runServiceCommand } from '../start/run-service-command.ts';

await runServiceCommand('accounts', 'reconcile');
