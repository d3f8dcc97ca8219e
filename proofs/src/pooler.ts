/**
 * Proves that a platform works behind PgBouncer in transaction mode with four server connections: payments, and their way through the relay to the activity.
 * At the end every payment is in the activity once, and the books agree. Needs `pgbouncer` (Debian has it).
 *
 *   node proofs/src/pooler.ts [--payments 2000] [--clients 16]
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { freePort } from '@mainstay/platform/processes/ports';
import { supervise } from '@mainstay/platform/processes/supervised-process';
import { root } from '@mainstay/platform/root';
import { withOwnStores, type OwnStores } from '@mainstay/platform/start/own-platform';
import { startServices } from '@mainstay/platform/start/start-services';
import { findPostgresBinaries } from '@mainstay/platform/stores/postgres-binaries';
import pg from 'pg';
import { openCustomer } from './customer.ts';

const run = promisify(execFile);
const serverConnections = 4;
const { values } = parseArgs({
  options: { payments: { type: 'string', default: '2000' }, clients: { type: 'string', default: '16' } },
});
const tell = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
const environment = { RATE_LIMIT_ANONYMOUS_MAX: '1000000', RATE_LIMIT_SESSION_MAX: '1000000' };

await withOwnStores({ name: 'pooler', tell }, async (own) => {
  const { settings, foundation, shutdown, directory } = own;
  const direct = foundation.stores.postgres.url;
  const url = await startPooler(own);
  const stores = { ...foundation.stores, postgres: { ...foundation.stores.postgres, url } };
  await startServices(settings, { ...foundation, stores }, shutdown, { tell, environment });
  const log = await readFile(join(directory, 'logs/accounts.log'), 'utf8');
  assert.match(log, /a pooler stands before postgres/);

  const customer = await openCustomer(`http://127.0.0.1:${settings.ports.gateway.port}`, 'a password for this proof');
  const payments = Number(values.payments);
  const beganMs = performance.now();
  let sent = 0;
  await Promise.all(
    Array.from({ length: Number(values.clients) }, async () => {
      while (sent < payments) {
        sent += 1;
        await customer.pay(randomUUID());
      }
    }),
  );
  const seconds = (performance.now() - beganMs) / 1_000;
  await customer.seesPayments(payments);
  const inAllSeconds = (performance.now() - beganMs) / 1_000;
  const connections = await connectionsOf(direct);
  assert.ok(connections <= serverConnections, `the services hold ${connections} connections of PostgreSQL`);
  const env = { PATH: process.env.PATH, DATABASE_URL: direct, REDIS_URL: foundation.stores.redis.url };
  await run(process.execPath, [join(root, 'services/accounts/dist/reconcile.js')], { cwd: directory, env });
  console.log(
    `${payments} payments in ${seconds.toFixed(1)} s, all in the activity after ${inAllSeconds.toFixed(1)} s, over ${connections} connections of PostgreSQL. The books agree.`,
  );
});

/** Starts PgBouncer before the stores' PostgreSQL, and returns the address for the service's role. */
async function startPooler({ foundation, shutdown, directory }: OwnStores): Promise<string> {
  const { user } = await findPostgresBinaries(); // PgBouncer refuses to run as root, too
  const server = new URL(foundation.stores.postgres.url);
  const port = await freePort();
  const folder = join(directory, 'pgbouncer');
  const [settingsFile, usersFile] = [join(folder, 'pgbouncer.ini'), join(folder, 'users.txt')];
  await mkdir(folder, { mode: 0o700 });
  await writeFile(usersFile, `"${server.username}" "${decodeURIComponent(server.password)}"\n`, { mode: 0o600 });
  const lines = [
    '[databases]',
    `mainstay = host=127.0.0.1 port=${server.port}`,
    '[pgbouncer]',
    'pool_mode = transaction',
    `default_pool_size = ${serverConnections}`,
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${usersFile}`,
  ];
  await writeFile(settingsFile, `${lines.join('\n')}\n`);
  if (user) for (const path of [folder, settingsFile, usersFile]) await chown(path, user.uid, user.gid);
  server.port = String(port);
  const pooler = await supervise(
    {
      name: 'PgBouncer',
      command: 'pgbouncer',
      args: [settingsFile],
      cwd: folder,
      user,
      recordFile: join(directory, 'pgbouncer.pid'),
      logFile: join(directory, 'logs/pgbouncer.log'),
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 10_000,
      readyTimeoutMs: 20_000,
      ports: [{ port, setting: 'listen_port' }],
      isReady: () =>
        connectionsOf(server.href).then(
          () => true,
          () => false,
        ),
    },
    { report: tell, attempts: 3, signal: shutdown.signal },
  );
  shutdown.onClose(() => pooler.stop());
  return server.href;
}

/** How many connections the role of the services holds, but this one. */
async function connectionsOf(connectionString: string): Promise<number> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const query = 'SELECT count(*)::int FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()';
    return (await client.query<{ count: number }>(query)).rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
