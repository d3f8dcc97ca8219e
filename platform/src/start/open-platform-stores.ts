/** Stores, secrets and schema: what the services need before they start. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../root.ts';
import { runProgram } from '../processes/run-program.ts';
import { migrations, serviceNames, serviceOf, servicesWith, type ServiceName } from '../services.ts';
import type { Settings } from '../settings.ts';
import type { Stores } from '../stores/open-stores.ts';
import { during, progress } from '../terminal.ts';
import { wipeDataDirectory } from './data-directory.ts';
import { readSecrets, type Secrets } from './secrets.ts';
import type { Shutdown } from './shutdown.ts';

/** What the services need to run. */
export interface Foundation {
  stores: Stores;
  secrets: Secrets;
}

/**
 * Opens the stores, and registers their closer. The packages must be installed. `tell` gets a sentence for each step;
 * by default it prints to the terminal.
 */
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

/** Reads or makes the secrets, and migrates. The packages and services must be built. */
export async function prepareStores(
  { dataDirectory, find }: Pick<Settings, 'dataDirectory' | 'find'>,
  stores: Stores,
): Promise<Foundation> {
  const made = await readSecrets(dataDirectory);
  const secrets = { ...made };
  for (const service of serviceNames)
    for (const name of serviceOf(service).secrets) secrets[name] = find(name, service) ?? secrets[name];
  await migrate(stores);
  await rememberStores(dataDirectory, stores);
  return { stores, secrets };
}

/** The addresses of the stores, for the commands that read the running platform (run-service-command.ts). */
async function rememberStores(dataDirectory: string, { postgres, redis, mongo }: Stores): Promise<void> {
  const own = (name: ServiceName, setting: string, url: string | undefined) =>
    `${name.toUpperCase()}_${setting}=${url}`;
  const lines = [
    `DATABASE_URL=${postgres.url}`,
    `MONGO_URL=${mongo.url}`,
    ...servicesWith('postgres')
      .slice(1)
      .map((name) => own(name, 'DATABASE_URL', postgres.databases[name]?.url)),
    ...servicesWith('mongo')
      .slice(1)
      .map((name) => own(name, 'MONGO_URL', mongo.urls[name])),
    ...serviceNames.map((name) => own(name, 'REDIS_URL', redis.urls[name])),
  ];
  await writeFile(join(dataDirectory, 'stores.env'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

/** Migrates PostgreSQL to the schema of the builds, or of one build. */
export async function migrate({ postgres }: Stores, only?: ServiceName): Promise<void> {
  const failure = 'The database could not be migrated';
  for (const { service } of migrations.filter((one) => only === undefined || one.service === only)) {
    const { url, ownerUrl } = postgres.databases[service]!;
    const env = { ...process.env, DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl };
    await during(`Migrating PostgreSQL for ${service}`, () =>
      runProgram(process.execPath, [join(root, `services/${service}/dist/migrate.js`)], { env, failure }),
    );
  }
}
