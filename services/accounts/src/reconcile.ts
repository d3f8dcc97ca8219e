import { loadConfig } from '@mainstay/config';
import { Client } from 'pg';
import { commandConfigSchema } from './config.js';
import { reconcile } from './postgres/reconcile.js';

/** `node dist/reconcile.js`: proves the books. Prints one line a check; exit code 1 where one does not hold. */
try {
  const { databaseUrl } = loadConfig({ service: 'accounts', schema: commandConfigSchema.pick({ databaseUrl: true }) });
  const client = new Client({ connectionString: databaseUrl.reveal(), connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // The query that is under way rejects with the same error.
  await client.connect();
  const checks = await reconcile(client).finally(() => client.end());
  for (const { statement, violations, counted } of checks) {
    const verdict = violations === 0 ? 'ok    ' : 'BROKEN';
    console.log(
      `${verdict} ${statement} (${violations === 0 ? `${counted} checked` : `${violations} of ${counted} do not`})`,
    );
  }
  if (checks.some(({ violations }) => violations > 0)) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
