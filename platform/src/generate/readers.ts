import { migrations, serviceNames, serviceOf, type SecretName, type Store } from '../services.ts';

const storeUrls: Record<Store, string> = { postgres: 'database-url', redis: 'redis-url', mongo: 'mongo-url' };
const fileOf = (secret: SecretName) => secret.toLowerCase().replaceAll('_', '-');

/** The services and migrations, which read secret files. For example, the file `redis-url` contains REDIS_URL. */
export const readers = [
  ...serviceNames.map((name) => {
    const { userId, stores, secrets } = serviceOf(name);
    const files = [...stores.map((store) => storeUrls[store]), ...secrets.map(fileOf)];
    return { name, service: name, userId, isJob: false, stores, files };
  }),
  ...migrations.map(({ service, job, userId }) => {
    const files = ['database-url', 'database-owner-url'];
    return { name: job, service, userId, isJob: true, stores: ['postgres'] as readonly Store[], files };
  }),
];

export type Reader = (typeof readers)[number];

/** Returns the settings with the paths of a container's secret files, for example REDIS_URL_FILE. */
export function secretSettings(name: string): Record<string, string> {
  const { files = [] } = readers.find((reader) => reader.name === name) ?? {};
  return Object.fromEntries(
    files.map((file) => [`${file.toUpperCase().replaceAll('-', '_')}_FILE`, `/run/secrets/${file}`]),
  );
}
