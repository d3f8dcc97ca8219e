/** Distributes the secrets to folders. Each container mounts only its own folder. */
import { readers } from '../generate/readers.ts';
import { databases, servicesWith, type ServiceName } from '../services.ts';
import { redisPassword, redisUserLines } from './redis-passwords.ts';
import type { Values } from './rotate-lists.ts';

/** The user of the public images of PostgreSQL, Redis and MongoDB. */
const STORE_USER_ID = 999;

/** Returns the name under which the vault stores the MongoDB password of a service. */
export const mongoPasswordOf = (service: string) => `mongo${service[0]?.toUpperCase()}${service.slice(1)}Password`;

/** Returns the name under which the vault stores the password of a database's owner. */
export const ownerPasswordOf = ({ ownerPassword }: (typeof databases)[number]) =>
  ownerPassword.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/**
 * Returns the secret files of each container. Each container mounts its files at /run/secrets. For example, a service
 * reads the file `redis-url` because of the setting REDIS_URL_FILE=/run/secrets/redis-url.
 * @param values the content of the vault's secrets.json
 */
export function secretFiles(values: Values): Record<string, { userId: number; files: Record<string, string> }> {
  const own = readers.map(({ name, service, userId, files }) => {
    const texts = files.map((file) => [file, textOf(values, file, service)] as const);
    return [name, { userId, files: Object.fromEntries(texts) }] as const;
  });
  const secret = (file: string, name: string) => [file, values[name] ?? ''] as const;
  const services = servicesWith('postgres').map((name) => secret(`${name}-password`, `${name}Password`));
  const owners = databases.map((database) => secret(database.ownerPassword, ownerPasswordOf(database)));
  const mongo = servicesWith('mongo').map((name) => secret(`${name}-password`, mongoPasswordOf(name)));
  const superuser = secret('superuser-password', 'postgresPassword');
  const redis = values.redisPassword ?? '';
  const ofStore = (...entries: (readonly [string, string])[]) => ({
    userId: STORE_USER_ID,
    files: Object.fromEntries(entries),
  });
  return {
    ...Object.fromEntries(own),
    postgres: ofStore(superuser),
    roles: ofStore(superuser, ...owners, ...services),
    redis: ofStore(
      ['password', redis],
      ['password.conf', `requirepass ${redis}`],
      ['users.conf', redisUserLines(redis)],
    ),
    mongo: ofStore(secret('root-password', 'mongoRootPassword'), ...mongo),
  };
}

/** Returns the content of a secret file for a service or for the service's migration job. */
function textOf(values: Values, file: string, service: ServiceName): string {
  const database = databases.find((one) => one.service === service);
  const postgres = (role: string | undefined, password: string | undefined) =>
    `postgres://${role}:${password}@postgres:5432/${database?.name}`;
  const texts: Record<string, string | undefined> = {
    'session-secret': values.sessionSecret,
    'identity-private-keys': values.identityPrivateKey,
    'identity-public-keys': values.identityPublicKey,
    'cursor-secrets': values[`${service}CursorSecret`],
    'redis-url': `redis://${service}:${redisPassword(values.redisPassword ?? '', service)}@redis:6379`,
    'database-url': postgres(service, values[`${service}Password`]),
    'database-owner-url': postgres(database?.owner, database && values[ownerPasswordOf(database)]),
    'mongo-url': `mongodb://${service}:${values[mongoPasswordOf(service)]}@mongo:27017/${service}`,
  };
  const text = texts[file];
  if (text === undefined) throw new Error(`the secret ${file} is unknown`);
  return text;
}
