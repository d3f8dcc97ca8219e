import { noArguments, runCommand } from '@mainstay/service';
import { withClient } from '@mainstay/postgres';
import { configSchema } from './config.js';
import { reconcile, type Check } from './postgres/reconcile.js';

/** `node dist/reconcile.js` checks the ledger and prints one line per check. The exit code is 1 if a check fails. */
await runCommand(
  { service: 'accounts', configSchema: configSchema.pick({ databaseUrl: true }), readOrder: noArguments },
  async ({ databaseUrl }) => {
    const checks = await withClient(databaseUrl, reconcile);
    for (const check of checks) console.log(lineOf(check));
    if (checks.some(({ violations }) => violations > 0)) process.exitCode = 1;
  },
);

function lineOf({ statement, violations, counted }: Check): string {
  if (violations === 0) return `ok     ${statement} (${counted} checked)`;
  return `BROKEN ${statement} (${violations} of ${counted} break it)`;
}
