import { migrations, serviceNames, serviceOf, type SecretName, type ServiceName, type Store } from '../services.ts';

/** A container that mounts secrets: a service, or a migration job. */
export interface Reader {
  name: string;
  service: ServiceName;
  userId: number;
  isJob: boolean;
  stores: readonly Store[];
  /** The files in its Secret. `redis-url` belongs to the setting REDIS_URL. */
  files: string[];
}

const storeUrls: Record<Store, string> = { postgres: 'database-url', redis: 'redis-url', mongo: 'mongo-url' };
const fileOf = (secret: SecretName) => secret.toLowerCase().replaceAll('_', '-');

/** All readers: the services, then the migration jobs. */
export const readers: Reader[] = [
  ...serviceNames.map((name) => {
    const { userId, stores, secrets } = serviceOf(name);
    const files = [...stores.map((store) => storeUrls[store]), ...secrets.map(fileOf)];
    return { name, service: name, userId, isJob: false, stores, files };
  }),
  ...migrations.map(({ service, job, userId }) => {
    const files = ['database-url', 'database-owner-url'];
    return { name: job, service, userId, isJob: true, stores: ['postgres'] as const, files };
  }),
];

/** Returns the settings of a reader that name its files, such as REDIS_URL_FILE. */
export function secretSettings(name: string): Record<string, string> {
  const { files = [] } = readers.find((reader) => reader.name === name) ?? {};
  return Object.fromEntries(
    files.map((file) => [`${file.toUpperCase().replaceAll('-', '_')}_FILE`, `/run/secrets/${file}`]),
  );
}
