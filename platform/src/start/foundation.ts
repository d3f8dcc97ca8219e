/** Prepares the stores, the secrets and the database schema, which the services need before they start. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../root.ts';
import { runProgram } from '../processes/run-program.ts';
import { migrations, serviceNames, serviceOf } from '../services.ts';
import type { Settings } from '../settings.ts';
import { findMongod, isDownloadPossible } from '../stores/mongod-download.ts';
import { prepareStandIn } from '../stores/mongod-stand-in.ts';
import type { Stores } from '../stores/open-stores.ts';
import { findRedisBinary } from '../stores/redis-binary.ts';
import { during, progress } from '../terminal.ts';
import { buildWeb } from './build-web.ts'; // feature: web
import { wipeDataDirectory } from './data-directory.ts';
import { build, install } from './install.ts';
import { readSecrets } from './secrets.ts';
import { storeSettings, type Foundation } from './service-settings.ts';
import type { Shutdown } from './shutdown.ts';

/** Installs the packages, compiles, opens the stores and migrates. A fresh clone needs no earlier step. Independent steps run at the same time. */
export async function prepareFoundation(
  settings: Settings,
  shutdown: Shutdown,
  options: { reset: boolean; withPages: boolean },
): Promise<Foundation> {
  const programs = prepareStorePrograms(settings.given);
  await install();
  const [stores] = await Promise.all([
    programs.then(() => openPlatformStores(settings, shutdown, options)),
    build(),
    options.withPages && buildWeb(), // feature: web
  ]);
  shutdown.signal.throwIfAborted();
  return prepareStores(settings, stores);
}

/**
 * Downloads and builds the programs of the stores while npm installs the packages. Resolves when all of them are done, and
 * never rejects: the start of a store looks for its program again, and reports a missing program.
 */
export async function prepareStorePrograms({ redisUrl, mongoUrl }: Settings['given']): Promise<void> {
  async function prepareMongo(): Promise<void> {
    // The download of mongod needs an installed package, so it starts later. The build of its stand-in needs no package.
    if (!(await findMongod()) && !(await isDownloadPossible(progress))) await prepareStandIn(progress);
  }
  await Promise.allSettled([
    redisUrl === undefined && findRedisBinary(progress),
    mongoUrl === undefined && prepareMongo(),
  ]);
}

/** Opens the stores. `shutdown` closes them. The packages must be installed. */
export async function openPlatformStores(
  { dataDirectory, storePorts, given, namesOpenRedis }: Settings,
  shutdown: Pick<Shutdown, 'onClose' | 'signal'>,
  { reset, tell = progress }: { reset: boolean; tell?: (sentence: string) => void },
): Promise<Stores> {
  const { openStores } = await import('../stores/open-stores.ts');
  if (reset) {
    tell(`Wiping ${dataDirectory}`);
    await wipeDataDirectory(dataDirectory);
  }
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

/** Reads or makes the secrets, and migrates PostgreSQL. The packages and services must be built. */
export async function prepareStores(
  { dataDirectory, find }: Pick<Settings, 'dataDirectory' | 'find'>,
  stores: Stores,
): Promise<Foundation> {
  const secrets = await readSecrets(dataDirectory);
  for (const service of serviceNames)
    for (const name of serviceOf(service).secrets) secrets[name] = find(name, service) ?? secrets[name];
  await migrate(stores);
  await rememberStores(dataDirectory, stores);
  return { stores, secrets };
}

/** Writes the addresses of the stores for the commands that read the running platform (run-service-command.ts). */
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
