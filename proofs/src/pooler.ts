/**
 * Proves that a platform works behind PgBouncer in transaction mode with four server connections. Needs `pgbouncer`.
 *
 *   node proofs/src/pooler.ts [--payments 2000] [--clients 16]
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@mainstay/platform/processes/ports';
import { root } from '@mainstay/platform/root';
import { withOwnStores, type OwnStores } from './own-platform.ts';
import { startServices } from '@mainstay/platform/start/start-services';
import { findPostgresBinaries } from '@mainstay/platform/stores/postgres-binaries';
import { progress } from '@mainstay/platform/terminal';
import { openCustomer } from './clients/customer.ts';
import { openHttpClient } from './clients/http-client.ts';
import { closedLoop } from './clients/load.ts';
import { withoutLimits } from './limits.ts';
import { reachedBy, withPostgres } from './postgres.ts';
import { readFlags } from './read-flags.ts';
import { until } from '@mainstay/platform/until';

const run = promisify(execFile);
const serverConnections = 4;
const { payments, clients } = readFlags({ payments: 2_000, clients: 16 });

await withOwnStores({ name: 'pooler', tell: progress }, async (own) => {
  const { settings, foundation, shutdown, directory } = own;
  const direct = foundation.stores.postgres.url;
  const url = await startPooler(own);
  const stores = { ...foundation.stores, postgres: reachedBy(foundation.stores.postgres, url) };
  await startServices(settings, { ...foundation, stores }, shutdown, { tell: progress, environment: withoutLimits });
  const log = await readFile(join(directory, 'logs/accounts.log'), 'utf8');
  assert.match(log, /a pooler is in front of postgres/);

  const client = openHttpClient({ url: `http://127.0.0.1:${settings.ports.gateway.port}` });
  const customer = await openCustomer(client.send);
  const beganMs = performance.now();
  let sent = 0;
  await closedLoop(
    clients,
    () => sent >= payments,
    () => {
      sent += 1;
      return customer.pay();
    },
  );
  const seconds = (performance.now() - beganMs) / 1_000;
  await customer.seesPayments(payments);
  client.close();
  const inAllSeconds = (performance.now() - beganMs) / 1_000;
  const connections = await connectionsOf(direct);
  assert.ok(connections <= serverConnections, `the services use ${connections} connections of PostgreSQL`);
  const env = { PATH: process.env.PATH, DATABASE_URL: direct, REDIS_URL: foundation.stores.redis.url };
  await run(process.execPath, [join(root, 'services/accounts/dist/reconcile.js')], { cwd: directory, env });
  console.log(
    `${payments} payments in ${seconds.toFixed(1)} s, all in the activity after ${inAllSeconds.toFixed(1)} s, over ${connections} connections of PostgreSQL. The books agree.`,
  );
});

/** Starts PgBouncer in front of PostgreSQL. Returns the URL for the service's role. */
async function startPooler({ foundation, shutdown, directory }: OwnStores): Promise<string> {
  const { user } = await findPostgresBinaries(); // PgBouncer refuses to run as root, as PostgreSQL does
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
  const log = openSync(join(directory, 'logs/pgbouncer.log'), 'a');
  const pooler = spawn('pgbouncer', [settingsFile], { cwd: folder, stdio: ['ignore', log, log], ...user });
  const gone = once(pooler, 'exit');
  shutdown.onClose(async () => {
    pooler.kill('SIGTERM');
    await gone;
  });
  const answers = () => connectionsOf(server.href).catch(() => undefined);
  await until('PgBouncer answers', async () => (await answers()) !== undefined, { timeoutMs: 20_000 });
  return server.href;
}

/** Returns how many connections the service's role has open, without the connection of this query. */
function connectionsOf(url: string): Promise<number> {
  const query = 'SELECT count(*)::int FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()';
  return withPostgres(url, async (client) => (await client.query<{ count: number }>(query)).rows[0]?.count ?? 0);
}
