/**
 * Backs up PostgreSQL, makes more payments, and restores PostgreSQL to an earlier moment.
 *
 *   npm run build && node proofs/src/restore-drill.ts
 * Afterwards, exactly the transfers before this moment must exist, new payments must work, and the event store must have
 * each event once. Exit code 1 if a check fails.
 */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withOwnPlatform } from './own-platform.ts';
import { postgresDataDirectory } from '@mainstay/platform/stores/postgres-binaries';
import { progress, runCommand } from '@mainstay/platform/terminal';
import { beginAs, takeBaseBackup } from './base-backup.ts';
import { signUp } from './campaign/client.ts';
import { Tally } from './campaign/tally.ts';
import { checkMoney } from './money/check-money.ts';
import { printResults } from './money/result.ts';
import { withPostgres } from './postgres.ts';
import { createRandom } from './random.ts';
import { readFlags } from './read-flags.ts';
import { until } from '@mainstay/platform/until';
import type { OwnPlatform } from './own-platform.ts';

const EACH = 20;
const LAST_EVENTS_MS = 60_000;

readFlags({});
await runCommand(() => withOwnPlatform({ name: 'restore-drill', tell: () => undefined }, drill));
process.exit();

async function drill(platform: OwnPlatform, signal: AbortSignal) {
  const { url, directory, stores, parts } = platform;
  const journalFile = join(directory, 'journal.jsonl');
  const [backup, archive] = [join(directory, 'backup'), join(directory, 'wal')];
  const { adminUrl } = stores.postgres;
  const world = { url, journalFile, tally: new Tally(), signal };
  const ada = await signUp(world, 'ada', createRandom(1));
  const bob = await signUp(world, 'bob', createRandom(2));
  const [from, to] = [await ada.openAccount('Everyday'), await bob.openAccount('Everyday')];
  await ada.deposit(from, 1_000_000);
  const payOn = async () => {
    for (let count = 0; count < EACH; count += 1) await ada.pay(from, to, 1 + count);
  };

  await payOn();
  progress('Backing up');
  await startArchive(adminUrl, archive);
  await parts.postgres.stop(); // PostgreSQL reads archive_mode only at start
  await parts.postgres.restart();
  await takeBaseBackup(adminUrl, backup);
  await payOn();
  await delay(20); // so that no transfer has the same millisecond as `at`
  const at = new Date();
  await delay(20);
  const before = await readFile(journalFile, 'utf8');
  const lineageBefore = await lineageOf(stores.postgres.url);
  await payOn();

  progress('Restoring to the noted moment');
  await withPostgres(adminUrl, (client) => client.query('SELECT pg_switch_wal()'));
  await parts.postgres.stop(); // PostgreSQL archives the last segment when it stops
  const data = await postgresDataDirectory(directory);
  await rm(data, { recursive: true });
  await rename(backup, data);
  await beginAs('recovery', data, {
    restore_command: `cp ${archive}/%f %p`,
    recovery_target_time: at.toISOString().replace('Z', '+00'), // PostgreSQL does not accept the letter Z here
    recovery_target_action: 'promote',
  });
  await parts.postgres.restart();
  await until('PostgreSQL is restored', () => isPromoted(adminUrl));
  await writeFile(journalFile, before);
  const lineageAfter = await lineageOf(stores.postgres.url);
  await payOn();

  const results = await checkMoney({
    databaseUrl: stores.postgres.url,
    mongoUrl: stores.mongo.url,
    journalFile,
    waitMs: LAST_EVENTS_MS,
    afterRestore: true,
  });
  results.push({
    name: 'lineage',
    statement: `The restored database has another lineage (${lineageBefore}, then ${lineageAfter})`,
    counted: 1,
    violations: lineageBefore === lineageAfter ? ['the lineage is the same'] : [],
  });
  for (const client of [ada, bob]) client.close();
  return printResults(results) ? 0 : 1;
}

/** Every user can write to the archive, because root starts the server as a different user. */
async function startArchive(adminUrl: string, archive: string): Promise<void> {
  await mkdir(archive);
  await chmod(archive, 0o777);
  await withPostgres(adminUrl, async (client) => {
    await client.query(`ALTER SYSTEM SET archive_mode = on`);
    await client.query(`ALTER SYSTEM SET archive_command = 'cp %p ${archive}/%f'`);
  });
}

async function isPromoted(adminUrl: string): Promise<boolean> {
  const query = 'SELECT pg_is_in_recovery() AS recovering';
  const { rows } = await withPostgres(adminUrl, (client) => client.query<{ recovering: boolean }>(query));
  return rows[0]?.recovering === false;
}

async function lineageOf(databaseUrl: string) {
  const query = `SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline`;
  const { rows } = await withPostgres(databaseUrl, (client) => client.query<{ timeline: string }>(query));
  return `timeline ${Number.parseInt(rows[0]?.timeline ?? '', 16)}`;
}
