/** Both releases as folders. PM2 runs the folder that a link names. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@mainstay/platform/processes/ports';
import { root } from '@mainstay/platform/root';
import { openStores, type Stores } from '@mainstay/platform/stores/open-stores';
import { SETTINGS, unpackFormerRelease, type Installation } from './installation.ts';

const run = promisify(execFile);
const services = ['gateway', 'accounts', 'activity'] as const;

/** @param former a build of 0.1.0. Default: this proof makes one */
export async function installUnderPm2(base: string, former: string | undefined): Promise<Installation> {
  const pm2 = (...args: string[]) =>
    run(process.execPath, [join(root, 'node_modules/pm2/bin/pm2'), ...args], {
      cwd: base,
      env: {
        PATH: process.env.PATH,
        HOME: base,
        PM2_HOME: join(base, 'pm2'),
        MAINSTAY_DIRECTORY: join(base, 'current'),
      },
    });
  const stores = await openStores({
    directory: join(base, 'data'),
    ports: { postgres: 0, redis: 0, mongo: 0 },
    throwaway: true,
  });
  const close = async () => {
    await pm2('kill').catch(() => undefined);
    await stores.close();
  };
  /** Sets the release that new workers run. */
  async function serve(name: 'old' | 'new'): Promise<void> {
    await symlink(name, join(base, 'next'));
    await rename(join(base, 'next'), join(base, 'current'));
  }
  const migrate = (name: 'old' | 'new') =>
    run(process.execPath, ['services/accounts/dist/migrate.js'], { cwd: join(base, name) });
  try {
    const url = await makeReleases(base, former ?? (await buildFormerRelease(base)), stores);
    await serve('old');
    await migrate('old');
    await pm2('start', join(base, 'current/ecosystem.config.js'));
    return {
      url,
      async update() {
        await serve('new');
        await migrate('new');
        await pm2('reload', 'all');
      },
      async goBack() {
        await serve('old');
        await pm2('reload', 'all');
      },
      async reconcile() {
        const env = { PATH: process.env.PATH, DATABASE_URL: stores.postgres.url, REDIS_URL: stores.redis.url };
        await run(process.execPath, [join(root, 'services/accounts/dist/reconcile.js')], { cwd: base, env });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function buildFormerRelease(base: string): Promise<string> {
  const folder = await unpackFormerRelease(base);
  console.log('building 0.1.0');
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, maxBuffer: 1e8 });
  await run('npx', ['tsc', '-b'], { cwd: folder, maxBuffer: 1e8 });
  return folder;
}

/** Makes a folder for each release, with links to its build and settings in its form. Returns the gateway's address. */
async function makeReleases(base: string, former: string, { postgres, redis, mongo }: Stores): Promise<string> {
  const { generateIdentityKeys } = (await import(join(root, 'packages/identity/dist/index.js'))) as {
    generateIdentityKeys: () => { privateKey: string; publicKey: string };
  };
  const { privateKey, publicKey } = generateIdentityKeys();
  const ports = await Promise.all(Array.from({ length: 6 }, () => freePort()));
  const shared: Record<string, unknown> = { LOG_LEVEL: 'warn', TRUST_PROXY: '127.0.0.1', ...SETTINGS };
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
  await makeFolder(join(base, 'old'), former, {
    '.env': { ...shared, ...addresses, ...owner, ...verifying, ...signing, REDIS_URL: redis.url, MONGO_URL: mongo.url },
  });
  await makeFolder(join(base, 'new'), root, {
    '.env': shared,
    '.env.gateway': { ...addresses, ...signing, REDIS_URL: redis.urls.gateway },
    '.env.accounts': { ...verifying, DATABASE_URL: postgres.url, REDIS_URL: redis.urls.accounts },
    '.env.activity': { ...verifying, MONGO_URL: mongo.url, REDIS_URL: redis.urls.activity },
    '.env.migrate': owner,
  });
  return `http://127.0.0.1:${ports[0]}`;
}

async function makeFolder(
  folder: string,
  build: string,
  files: Record<string, Record<string, unknown>>,
): Promise<void> {
  await mkdir(folder);
  for (const entry of await readdir(build))
    if (!entry.startsWith('.')) await symlink(join(build, entry), join(folder, entry));
  for (const [file, values] of Object.entries(files)) {
    const lines = Object.entries(values).map(([key, value]) => `${key}=${String(value)}`);
    await writeFile(join(folder, file), `${lines.join('\n')}\n`, { mode: 0o600 });
  }
}
