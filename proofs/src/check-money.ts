/**
 * Proves that no money and no event was lost or doubled. Reads the stores directly, and shares no code with the services.
 *
 *   DATABASE_URL=… MONGO_URL=… node proofs/src/check-money.ts --journal clients.jsonl [--wait 60] [--after-restore]
 *
 *   --journal         the replies that clients got (proofs/src/money/journal.ts); without a journal, only the stores are compared
 *   --wait            seconds to wait for late events
 *   --after-restore   allow events without a transfer, because PostgreSQL was restored to a moment before the transfer
 * Prints one line for each check. Exit code 1 if a check finds a violation, 2 if a check could not run.
 */
import { pathToFileURL } from 'node:url';
import { checkMoney } from './money/check-money.ts';
import { printResults } from './money/result.ts';
import { readFlags } from './read-flags.ts';

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.exitCode = (await main()) ? 0 : 1;
  } catch (error) {
    console.error(`The check could not be made: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  }
}

async function main() {
  const values = readFlags({ journal: '', wait: 0, 'after-restore': false }, undefined, 2);
  const results = await checkMoney({
    databaseUrl: required('DATABASE_URL'),
    mongoUrl: required('MONGO_URL'),
    journalFile: values.journal || undefined,
    waitMs: values.wait * 1_000,
    afterRestore: values['after-restore'],
  });
  return printResults(results);
}

function required(name: string) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}
