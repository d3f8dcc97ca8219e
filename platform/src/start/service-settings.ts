/** Makes the settings of the services: environment variables for `npm start`, and files for PM2. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../root.ts';
import { migrations, serviceNames, serviceOf, type SecretName, type ServiceName } from '../services.ts';
import { listenersOf, readDotenv, type Settings } from '../settings.ts';
import type { Stores } from '../stores/open-stores.ts';

type Values = Record<string, string>;
type NewFile = [file: string, title: string, values: Values];

/** The stores and secrets that services need before they start. */
export interface Foundation {
  stores: Stores;
  /** A service gets one of these secrets only if its own settings do not contain that secret. */
  secrets: Record<SecretName, string>;
}

export function storeSettings(name: ServiceName, { postgres, redis, mongo }: Stores): Values {
  const settings = {
    postgres: ['DATABASE_URL', postgres.databases[name]?.url ?? ''],
    redis: ['REDIS_URL', redis.urls[name]],
    mongo: ['MONGO_URL', mongo.urls[name]],
  } as const;
  return Object.fromEntries(serviceOf(name).stores.map((store) => settings[store]));
}

export function serviceSettings(name: ServiceName, { ports, find }: Settings, { stores, secrets }: Foundation): Values {
  const service = serviceOf(name);
  const ownMongo = find(`${name.toUpperCase()}_MONGO_URL`);
  const upstreams = service.calls.map((called) => {
    const setting = `${called.toUpperCase()}_URL`;
    return [setting, find(setting) ?? `http://127.0.0.1:${ports[called as ServiceName].port}`];
  });
  return {
    ...storeSettings(name, stores),
    ...(service.stores.includes('mongo') && ownMongo ? { MONGO_URL: ownMongo } : {}),
    ...(Object.fromEntries(upstreams) as Values),
    ...Object.fromEntries(service.secrets.map((secret) => [secret, find(secret, name) ?? secrets[secret]])),
  };
}

/** Writes missing settings files for PM2, and never changes an existing file. @returns sentences for the user */
export async function writeMissingSettings(settings: Settings, foundation: Foundation): Promise<string[]> {
  const written: string[] = [];
  const sentences: string[] = [];
  for (const [file, title, values] of filesOf(settings, foundation)) {
    const path = join(root, file);
    if (!existsSync(path)) {
      const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
      const text = [`# Written by npm run stores. ${title}`, ...lines, ''].join('\n');
      await writeFile(path, text, { mode: 0o600, flag: 'wx' });
      written.push(file);
    } else if (namesOtherStores(readDotenv(path), values))
      sentences.push(`${file} names other stores. Delete it and run npm run stores again to get one for these stores.`);
  }
  if (written.length > 0)
    sentences.unshift(`Written: ${written.join(', ')}. Each service reads .env and its own file.`);
  return sentences;
}

/** Returns the files, each with only the settings that its reader needs. */
function filesOf(settings: Settings, foundation: Foundation): NewFile[] {
  // The file contains the ports, because PM2 can start in a shell without the port settings.
  const listeners = serviceNames.flatMap((name) => listenersOf(name, settings.ports[name]));
  const forAll: Values = Object.fromEntries(listeners.map(({ port, setting }) => [setting, String(port)]));
  // fork:remove web
  // The path is relative, so that each release serves its own web interface.
  forAll.WEB_DIRECTORY = settings.find('WEB_DIRECTORY') ?? 'services/web/dist';
  // end of fork:remove web
  return [
    ['.env', 'Settings of all services. Secrets belong in the files of the services.', forAll],
    ...serviceNames.map((name): NewFile => {
      return [`.env.${name}`, `Settings of ${name}, with its secrets.`, serviceSettings(name, settings, foundation)];
    }),
    ...migrations.map(({ service, job }): NewFile => {
      const { url, ownerUrl } = foundation.stores.postgres.databases[service]!;
      return [
        `.env.${job}`,
        `Settings of the migrations of ${service}, which run as the owner of the tables. No service reads this file.`,
        { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl },
      ];
    }),
  ];
}

function namesOtherStores(found: NodeJS.Dict<string>, values: Values): boolean {
  return ['DATABASE_URL', 'REDIS_URL', 'MONGO_URL'].some(
    (name) => values[name] !== undefined && found[name] !== undefined && found[name] !== values[name],
  );
}
