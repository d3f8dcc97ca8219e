/**
 * Kills the PostgreSQL primary under load, and promotes its synchronous standby.
 * Exit code 1 if an acknowledged payment or its event is lost or doubled.
 *
 *   npm run build && node proofs/src/postgres-failover.ts [--clients 8] [--seconds 5]
 * `--seconds`: the duration of the load before the kill, and also the duration of the load after the failover.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@mainstay/platform/processes/ports';
import { sendGroup } from '@mainstay/platform/processes/processes';
import { supervise, type SupervisedProcess } from '@mainstay/platform/processes/supervised-process';
import { withOwnStores, type OwnStores } from './own-platform.ts';
import { startServices } from '@mainstay/platform/start/start-services';
import { findPostgresBinaries } from '@mainstay/platform/stores/postgres-binaries';
import { progress, runCommand } from '@mainstay/platform/terminal';
import { createTestProxy } from '@mainstay/platform/testing';
import { beginAs, takeBaseBackup } from './base-backup.ts';
import { signUp } from './campaign/client.ts';
import { Tally } from './campaign/tally.ts';
import { closedLoop } from './clients/load.ts';
import { withoutLimits } from './limits.ts';
import { checkMoney } from './money/check-money.ts';
import { printResults } from './money/result.ts';
import { reachedBy, withPostgres } from './postgres.ts';
import { createRandom } from './random.ts';
import { readFlags } from './read-flags.ts';
import { until } from '@mainstay/platform/until';

const values = readFlags({ clients: 8, seconds: 5 });
/**
 * The proof waits twice before the promotion, while the standby accepts no writes. Late replies to earlier payments can
 * arrive during the first wait. So the proof requires zero payments only for the second wait.
 */
const READ_ONLY_MS = [1_000, 2_000] as const;
const LAST_EVENTS_MS = 60_000;

await runCommand(() => withOwnStores({ name: 'failover', tell: progress }, drill));
process.exit();

async function drill(own: OwnStores): Promise<number> {
  const { settings, foundation, shutdown, directory } = own;
  const { stores } = foundation;
  const primary = stores.processes.postgres;
  if (!primary) throw new Error('This proof needs its own stores. Unset DATABASE_URL.');
  const standby = await startStandby(own);
  const way = await createTestProxy(stores.postgres.url);
  shutdown.onClose(() => way.close());
  const postgres = reachedBy(stores.postgres, way.url);
  await startServices(settings, { ...foundation, stores: { ...stores, postgres } }, shutdown, {
    tell: progress,
    environment: withoutLimits,
  });

  const url = `http://127.0.0.1:${settings.ports.gateway.port}`;
  const journalFile = join(directory, 'journal.jsonl');
  const world = { url, journalFile, tally: new Tally(), signal: shutdown.signal };
  const load = await startLoad(world);
  await delay(values.seconds * 1_000);

  progress('Killing the primary');
  const killedMs = performance.now();
  const pid = primary.pid();
  if (pid !== undefined) sendGroup(pid, 'SIGKILL');
  await primary.stop();
  way.redirect(standby.serviceUrl);
  await way.cut();
  await way.restore();
  await delay(READ_ONLY_MS[0]);
  const before = load.payments();
  await delay(READ_ONLY_MS[1]);
  const whileReadOnly = load.payments() - before;
  progress('Promoting the standby');
  await withPostgres(standby.adminUrl, (client) => client.query('SELECT pg_promote()'));
  const promotedMs = performance.now();
  const payments = load.payments();
  await until('payments are made again', async () => load.payments() > payments, { everyMs: 20 });
  const backMs = performance.now();
  await delay(values.seconds * 1_000);
  await load.stop();

  const results = await checkMoney({
    databaseUrl: standby.serviceUrl,
    mongoUrl: stores.mongo.url,
    journalFile,
    waitMs: LAST_EVENTS_MS,
  });
  results.push({
    name: 'read-only',
    statement: 'No payment was acknowledged while the address led to a standby',
    counted: whileReadOnly,
    violations: whileReadOnly === 0 ? [] : [`${whileReadOnly} were`],
  });
  const areWhole = printResults(results);
  const seconds = (ms: number) => (ms / 1_000).toFixed(1);
  console.log(
    `${load.payments()} payments acknowledged; the first one after the failover came ${seconds(backMs - promotedMs)} s after the promotion, ${seconds(backMs - killedMs)} s after the kill.`,
  );
  return areWhole ? 0 : 1;
}

interface Standby {
  adminUrl: string;
  serviceUrl: string;
  process: SupervisedProcess;
}

/** A commit on the primary waits until the synchronous standby has written the commit to disk. */
async function startStandby({ foundation, shutdown, directory }: OwnStores): Promise<Standby> {
  const { postgres, user } = await findPostgresBinaries();
  const { adminUrl, url } = foundation.stores.postgres;
  const [place, port] = [join(directory, 'standby'), await freePort()];
  const primary = new URL(adminUrl);
  await takeBaseBackup(adminUrl, place);
  await beginAs('standby', place, {
    primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres password=${primary.password} application_name=standby`,
  });
  return withPostgres(adminUrl, async (client) => {
    const ownUrl = (given: string) => Object.assign(new URL(given), { port: String(port) }).href;
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200' };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const process = await supervise(
      {
        name: 'PostgreSQL (standby)',
        command: postgres,
        args: ['-D', place, '-p', String(port), ...flags],
        cwd: place,
        user,
        recordFile: join(directory, 'standby.pid'),
        logFile: join(directory, 'logs/standby.log'),
        stopSignal: 'SIGINT',
        stopTimeoutMs: 20_000,
        readyTimeoutMs: 60_000,
        ports: [{ port, setting: 'another run' }],
        isReady: () => withPostgres(ownUrl(adminUrl), async () => true).catch(() => false),
      },
      { report: progress, signal: shutdown.signal },
    );
    shutdown.onClose(() => process.stop());
    await client.query(`ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
    await client.query('SELECT pg_reload_conf()');
    const state = `SELECT sync_state FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming'`;
    const isSync = async () => (await client.query<{ sync_state: string }>(state)).rows[0]?.sync_state === 'sync';
    await until('the standby follows', isSync, { everyMs: 50 });
    return { adminUrl: ownUrl(adminUrl), serviceUrl: ownUrl(url), process };
  });
}

/** Starts the clients. Each client makes one payment at a time, and repeats a payment that gets no reply. */
async function startLoad(world: Parameters<typeof signUp>[0]) {
  let payments = 0;
  let isOver = false;
  const clients = await Promise.all(
    Array.from({ length: values.clients }, (_, index) => signUp(world, `payer-${index}`, createRandom(index))),
  );
  const accounts = await Promise.all(clients.map((client) => client.openAccount('Everyday')));
  await Promise.all(clients.map((client, index) => client.deposit(accounts[index] ?? '', 1_000_000)));
  const running = closedLoop(
    clients.length,
    () => isOver,
    async (index) => {
      await clients[index]!.pay(accounts[index]!, accounts[(index + 1) % accounts.length]!, 1);
      payments += 1;
    },
  );
  return {
    payments: () => payments,
    async stop() {
      isOver = true;
      await running;
      for (const client of clients) client.close();
    },
  };
}
