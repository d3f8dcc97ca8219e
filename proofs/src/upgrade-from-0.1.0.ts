/**
 * Proves that an installation of release 0.1.0 is updated to this code by PM2 reload, and taken back once, on the same data, under load: no request is lost,
 * nobody is signed out, and a repeated payment gets its first reply. Needs the git history (commit d05a0ac) and a build of this code.
 *
 *   node proofs/src/upgrade-from-0.1.0.ts                 builds 0.1.0 in a temporary folder
 *   node proofs/src/upgrade-from-0.1.0.ts --old FOLDER    takes a build of 0.1.0 that is there
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { freePort } from '@mainstay/platform/processes/ports';
import { root } from '@mainstay/platform/root';
import { openStores, type Stores } from '@mainstay/platform/stores/open-stores';
import { openCustomer, type Customer } from './customer.ts';

const run = promisify(execFile);
const RELEASE = 'd05a0ac';
const services = ['gateway', 'accounts', 'activity'] as const;
const { values: options } = parseArgs({ options: { old: { type: 'string' } } });

const base = await mkdtemp(join(tmpdir(), 'mainstay-upgrade-'));
const pm2Environment = {
  PATH: process.env.PATH,
  HOME: base,
  PM2_HOME: join(base, 'pm2'),
  MAINSTAY_DIRECTORY: join(base, 'current'),
};
const pm2 = (...args: string[]) =>
  run(process.execPath, [join(root, 'node_modules/pm2/bin/pm2'), ...args], { cwd: base, env: pm2Environment });
const stores = await openStores({
  directory: join(base, 'data'),
  ports: { postgres: 0, redis: 0, mongo: 0 },
  throwaway: true,
});
try {
  await prove();
} finally {
  await pm2('kill').catch(() => undefined);
  await stores.close();
  await rm(base, { recursive: true, force: true, maxRetries: 5 });
}

async function prove(): Promise<void> {
  const url = await makeReleases(options.old ?? (await buildFormerRelease()), stores);
  await serve('old');
  await run(process.execPath, ['services/accounts/dist/migrate.js'], { cwd: join(base, 'old') });
  await pm2('start', join(base, 'current/ecosystem.config.js'));
  const before = await openCustomer(url, 'short-pass');
  const first = await before.pay('first');
  const load = startLoad(before);

  await serve('new');
  await run(process.execPath, ['services/accounts/dist/migrate.js'], { cwd: join(base, 'new') });
  console.log(`old code runs on the new schema: ${load.count()} requests so far`);
  await pm2('reload', 'all');
  console.log(`new code serves: ${load.count()} requests so far`);
  assert.equal(await before.pay('first'), first);
  await before.signInAgain();
  const after = await openCustomer(url, 'a password of the new release');
  const second = await after.pay('second');

  await serve('old');
  await pm2('reload', 'all');
  console.log(`old code serves again: ${load.count()} requests so far`);
  assert.equal(await before.pay('first'), first);
  assert.equal(await after.pay('second'), second);
  await Promise.all([before.signInAgain(), after.signInAgain()]);

  const { requests, failures, payments } = await load.stop();
  assert.deepEqual(failures, []);
  await before.seesPayments(payments + 1);
  const env = { PATH: process.env.PATH, DATABASE_URL: stores.postgres.url, REDIS_URL: stores.redis.url };
  await run(process.execPath, [join(root, 'services/accounts/dist/reconcile.js')], { cwd: base, env });
  console.log(`${requests} requests, ${payments} payments: none was lost, nobody was signed out, and the books agree.`);
}

async function buildFormerRelease(): Promise<string> {
  const folder = join(base, 'build');
  await mkdir(folder);
  const archive = join(base, 'release.tar');
  await run('git', ['-C', root, 'archive', '--output', archive, RELEASE]);
  await run('tar', ['-x', '-f', archive, '-C', folder]);
  console.log('building 0.1.0');
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, maxBuffer: 1e8 });
  await run('npx', ['tsc', '-b'], { cwd: folder, maxBuffer: 1e8 });
  return folder;
}

/** Two folders of links to the builds, each with the settings as that release writes them. Returns the gateway's address. */
async function makeReleases(former: string, { postgres, redis, mongo }: Stores): Promise<string> {
  const { generateIdentityKeys } = (await import(join(root, 'packages/identity/dist/index.js'))) as {
    generateIdentityKeys: () => { privateKey: string; publicKey: string };
  };
  const { privateKey, publicKey } = generateIdentityKeys();
  const ports = await Promise.all(Array.from({ length: 6 }, () => freePort()));
  const shared: Record<string, unknown> = {
    LOG_LEVEL: 'warn',
    RATE_LIMIT_SESSION_MAX: 1_000_000,
    RATE_LIMIT_ANONYMOUS_MAX: 1_000,
  };
  services.forEach((name, index) => {
    shared[`${name.toUpperCase()}_PORT`] = ports[index];
    shared[`${name.toUpperCase()}_MANAGEMENT_PORT`] = ports[index + 3];
    shared[`${name.toUpperCase()}_INSTANCES`] = 1;
  });
  const addresses = { ACCOUNTS_URL: `http://127.0.0.1:${ports[1]}`, ACTIVITY_URL: `http://127.0.0.1:${ports[2]}` };
  const SESSION_SECRET = randomBytes(32).toString('hex');
  const CURSOR_SECRETS = randomBytes(32).toString('hex');
  const verifying = { CURSOR_SECRETS, IDENTITY_PUBLIC_KEYS: publicKey };
  const owner = { DATABASE_URL: postgres.url, DATABASE_OWNER_URL: postgres.ownerUrl };
  const signing = { SESSION_SECRET, IDENTITY_PRIVATE_KEYS: privateKey };
  await makeFolder('old', former, {
    '.env': { ...shared, ...addresses, ...owner, ...verifying, ...signing, REDIS_URL: redis.url, MONGO_URL: mongo.url },
  });
  await makeFolder('new', root, {
    '.env': shared,
    '.env.gateway': { ...addresses, ...signing, REDIS_URL: redis.urls.gateway },
    '.env.accounts': { ...verifying, DATABASE_URL: postgres.url, REDIS_URL: redis.urls.accounts },
    '.env.activity': { ...verifying, MONGO_URL: mongo.url, REDIS_URL: redis.urls.activity },
    '.env.migrate': owner,
  });
  return `http://127.0.0.1:${ports[0]}`;
}

async function makeFolder(name: string, build: string, files: Record<string, Record<string, unknown>>): Promise<void> {
  const folder = join(base, name);
  await mkdir(folder);
  for (const entry of await readdir(build))
    if (!entry.startsWith('.')) await symlink(join(build, entry), join(folder, entry));
  for (const [file, values] of Object.entries(files)) {
    const lines = Object.entries(values).map(([key, value]) => `${key}=${String(value)}`);
    await writeFile(join(folder, file), `${lines.join('\n')}\n`, { mode: 0o600 });
  }
}

/** What workers that start from now on are. */
async function serve(name: 'old' | 'new'): Promise<void> {
  await symlink(name, join(base, 'next'));
  await rename(join(base, 'next'), join(base, 'current'));
}

/** Looks and pays in turn, without a pause and without repeating anything, until it is stopped. */
function startLoad(customer: Customer) {
  const tally = { requests: 0, payments: 0, failures: [] as string[] };
  let isStopped = false;
  const running = (async () => {
    while (!isStopped) {
      const isPayment = tally.requests % 2 === 0;
      await (isPayment ? customer.pay(randomUUID()) : customer.look()).then(
        () => void (tally.payments += Number(isPayment)),
        (error: unknown) =>
          tally.failures.push(
            error instanceof Error
              ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`
              : String(error),
          ),
      );
      tally.requests += 1;
    }
  })();
  return {
    count: () => tally.requests,
    async stop() {
      isStopped = true;
      await running;
      return tally;
    },
  };
}
