/** Prepares the stores, the secrets and the database schema for the services. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseKept } from '../read-json.ts';
import { root } from '../root.ts';
import { runProgram } from '../processes/run-program.ts';
import { keptText } from '../secrets/write-whole.ts';
import { migrations, serviceNames } from '../services.ts';
import type { Settings } from '../settings.ts';
import { findMongod, isDownloadPossible } from '../stores/mongod-download.ts';
import { prepareStandIn } from '../stores/mongod-stand-in.ts';
import type { Stores } from '../stores/open-stores.ts';
import { findRedisBinary } from '../stores/redis-binary.ts';
import { during, progress } from '../terminal.ts';
import { buildWeb } from './build-web.ts'; // fork:remove web
import { wipeDataDirectory } from './data-directory.ts';
import { build, install } from './install.ts';
import { storeSettings, type Foundation } from './service-settings.ts';
import type { Shutdown } from './shutdown.ts';

/** Installs the packages, compiles the sources, opens the stores and migrates PostgreSQL. */
export async function prepareFoundation(
  settings: Settings,
  shutdown: Shutdown,
  options: { reset: boolean; withPages: boolean },
): Promise<Foundation> {
  const programs = prepareStorePrograms(settings.given);
  await install();
  if (options.reset) {
    progress(`Wiping ${settings.dataDirectory}`);
    await wipeDataDirectory(settings.dataDirectory);
  }
  const [stores] = await Promise.all([
    programs.then(() => openPlatformStores(settings, shutdown)),
    build(),
    options.withPages && buildWeb(), // fork:remove web
  ]);
  shutdown.signal.throwIfAborted();
  return prepareStores(settings, stores);
}

/** Installs or builds the programs of the stores. Never rejects, because openStores reports a missing program. */
export async function prepareStorePrograms({ redisUrl, mongoUrl }: Settings['given']): Promise<void> {
  async function prepareMongo(): Promise<void> {
    // If mongod is missing and cannot be downloaded, prepare a program that replaces mongod. openStores downloads
    // mongod later, because the download needs an npm package that may not be installed yet.
    if (!(await findMongod()) && !(await isDownloadPossible(progress))) await prepareStandIn(progress);
  }
  await Promise.allSettled([!redisUrl && findRedisBinary(progress), !mongoUrl && prepareMongo()]);
}

/** Opens the stores, which `shutdown` closes. Install the packages first. */
export async function openPlatformStores(
  { dataDirectory, storePorts, given, namesOpenRedis }: Settings,
  shutdown: Pick<Shutdown, 'onClose' | 'signal'>,
  tell = progress,
): Promise<Stores> {
  const { openStores } = await import('../stores/open-stores.ts');
  const stores = await openStores({
    directory: dataDirectory,
    ports: storePorts,
    given,
    redisIsOpen: namesOpenRedis,
    progress: tell,
    signal: shutdown.signal,
  });
  shutdown.onClose(async () => {
    tell('Stopping the stores');
    await stores.close();
  });
  return stores;
}

/** Reads or makes the secrets, and migrates PostgreSQL. Build the packages and services first. */
export async function prepareStores({ dataDirectory, find }: Settings, stores: Stores): Promise<Foundation> {
  const file = join(dataDirectory, 'secrets.json');
  const secrets = parseKept<Foundation['secrets']>(file, await keptText(file, makeSecrets));
  // After a rotation, the public keys in secrets.json do not belong to the gateway's private keys. All services use the
  // same public keys, so a service without a settings file gets the public keys of another service.
  for (const service of serviceNames)
    secrets.IDENTITY_PUBLIC_KEYS = find('IDENTITY_PUBLIC_KEYS', service) ?? secrets.IDENTITY_PUBLIC_KEYS;
  await migrate(stores);
  await rememberStores(dataDirectory, stores);
  return { stores, secrets };
}

async function makeSecrets(): Promise<string> {
  const { generateIdentityKeys } = await import('@mainstay/identity');
  const { privateKey, publicKey } = generateIdentityKeys();
  const secrets: Foundation['secrets'] = {
    SESSION_SECRET: randomBytes(32).toString('base64url'),
    CURSOR_SECRETS: randomBytes(32).toString('base64url'),
    IDENTITY_PRIVATE_KEYS: privateKey,
    IDENTITY_PUBLIC_KEYS: publicKey,
  };
  return `${JSON.stringify(secrets, null, 2)}\n`;
}

/** Writes the addresses of the stores to stores.env, which run-service-command.ts reads. */
async function rememberStores(dataDirectory: string, stores: Stores): Promise<void> {
  const lines = serviceNames.flatMap((name) =>
    Object.entries(storeSettings(name, stores)).map(([setting, url]) => `${name.toUpperCase()}_${setting}=${url}\n`),
  );
  await writeFile(join(dataDirectory, 'stores.env'), lines.join(''), { mode: 0o600 });
}

async function migrate({ postgres }: Stores): Promise<void> {
  const failure = 'The database could not be migrated';
  for (const { service } of migrations) {
    const { url, ownerUrl } = postgres.databases[service]!;
    const env = { ...process.env, DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl };
    await during(`Migrating PostgreSQL for ${service}`, () =>
      runProgram(process.execPath, [join(root, `services/${service}/dist/migrate.js`)], { env, failure }),
    );
  }
}
