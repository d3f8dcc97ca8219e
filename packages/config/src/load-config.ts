import { resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigError, type SettingProblem } from './config-error.js';
import { codeOf, createEnvironment, readDotenv, type Environment, type Found } from './environment.js';
import { descriptionOf, isSecret, shapeOf } from './setting-marks.js';
import { settingName } from './setting-name.js';

export interface LoadConfigOptions<Schema extends z.ZodObject> {
  /** The service's name. For the name `gateway`, the setting `GATEWAY_PORT` has priority over `PORT`. */
  service: string;
  schema: Schema;
  /** Default: the environment of the process. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Path of the shared file. Default: `.env`, or no file if `env` is given. */
  dotenvPath?: string | false;
  /** The file `.env.<dotenvSuffix>` has priority over the shared file. Default: the service's name. */
  dotenvSuffix?: string;
}

/**
 * Reads and checks the settings of a service.
 * @throws ConfigError that names every missing or wrong setting, without values
 */
export function loadConfig<Schema extends z.ZodObject>(options: LoadConfigOptions<Schema>): z.output<Schema> {
  const { service, schema } = options;
  refuseAmbiguousKeys(schema);
  const environment = openEnvironment(options);
  const found = new Map(Object.keys(schema.shape).map((key) => [key, environment.find(key)]));
  const unreadable = [...found.values()].flatMap((source) =>
    source?.problem === undefined ? [] : [{ setting: source.name, problem: source.problem }],
  );
  const result = schema.safeParse(textsOf(found));
  if (result.success && unreadable.length === 0) return result.data;
  const invalid = result.success ? [] : problemsOf(result.error.issues, schema, found);
  throw new ConfigError(service, [...unreadable, ...invalid]);
}

function openEnvironment<Schema extends z.ZodObject>(options: LoadConfigOptions<Schema>): Environment {
  const ofProcess = process.env; // eslint-disable-line no-restricted-properties -- all settings are read here
  const { service, env = ofProcess, dotenvSuffix = service } = options;
  const { dotenvPath = env === ofProcess && '.env' } = options;
  const paths = dotenvPath === false ? [] : [`${dotenvPath}.${dotenvSuffix}`, dotenvPath];
  const files = paths.map((path) => {
    try {
      return readDotenv(resolve(path));
    } catch (error) {
      throw new ConfigError(service, [{ setting: path, problem: `cannot be read (${codeOf(error)})` }]);
    }
  });
  return createEnvironment(service, [env, ...files]);
}

function textsOf(found: ReadonlyMap<string, Found | undefined>): Record<string, string> {
  return Object.fromEntries(
    [...found].flatMap(([key, source]) => (source?.value === undefined ? [] : [[key, source.value]])),
  );
}

function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodObject,
  found: ReadonlyMap<string, Found | undefined>,
): SettingProblem[] {
  return issues.flatMap((issue) => {
    const key = String(issue.path[0] ?? '');
    const setting = shapeOf(schema)[key];
    const source = found.get(key);
    if (!setting) return [{ setting: 'settings', problem: issue.message }];
    // `loadConfig` itself reports a setting whose text could not be read.
    if (source?.problem !== undefined) return [];
    if (source === undefined && issue.path.length === 1 && issue.code === 'invalid_type') {
      return [{ setting: settingName(key), problem: missingText(descriptionOf(setting)) }];
    }
    const message = isSecret(setting) ? withoutValue(issue.message, source?.value) : issue.message;
    return [{ setting: source?.name ?? settingName(key), problem: message }];
  });
}

function missingText(description: string): string {
  return description === '' ? 'is not set' : `is not set: ${description}`;
}

/** Removes a secret from the message, because a rule that a fork adds may quote the secret. */
function withoutValue(message: string, value: string | undefined): string {
  return value ? message.replaceAll(value, '[secret]') : message;
}

/** If a schema had both `key` and `keyFile`, `KEY_FILE` would be ambiguous. */
function refuseAmbiguousKeys(schema: z.ZodObject): void {
  const ambiguous = Object.keys(schema.shape).find((key) => `${key}File` in schema.shape);
  if (ambiguous) throw new TypeError(`the schema has both ${ambiguous} and ${ambiguous}File`);
}
