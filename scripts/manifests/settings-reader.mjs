// @ts-check
/** What the services make of the settings in manifests: by their own schemas, out of the build. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { secretFiles } from '../../docker/compose/secret-files.mjs';
import { root } from '../../platform/src/root.ts';
import { nodeServices, ofKind } from './objects.mjs';

/** @typedef {import('./objects.mjs').KubernetesObject} KubernetesObject */
/** @typedef {import('./objects.mjs').Workload} Workload */
/**
 * @typedef {object} ReadSettings
 * @property {Record<string, string>} environment of the workload's own container
 * @property {string[]} unknown settings that no schema asks for
 * @property {any} [config] as the service would have it
 * @property {string} [error] why the service would not start
 */

/** What no schema asks for, and Node.js itself reads. */
const readByNode = ['NODE_OPTIONS', 'NODE_ENV'];
/** @type {Parameters<typeof secretFiles>[0]} */
const anyValues = new Proxy(/** @type {any} */ ({}), { get: () => 'a'.repeat(64) });

/** What each reader's Secret holds; the values stand for real ones. */
export const madeSecrets = secretFiles(anyValues);

/**
 * Needs a build (npm run build).
 * @returns {Promise<{ edgeSettings: string[], readSettings: (workload: Workload, objects: KubernetesObject[]) => ReadSettings }>}
 */
export async function loadSettingsReader() {
  const { loadConfig } = await import('../../packages/config/dist/index.js');
  const { settingName } = await import('../../packages/config/dist/setting-name.js');
  const schemas = await loadSchemas();
  const edgeFiles = ['defaults.env', 'container.env'].map((file) => join(root, 'docker/edge', file));
  const edgeTexts = await Promise.all(edgeFiles.map((file) => readFile(file, 'utf8')));
  return {
    edgeSettings: edgeTexts.flatMap((text) => Object.keys(parseEnv(text))),
    readSettings(workload, objects) {
      const environment = environmentOf(workload, objects);
      const schema = schemas[workload.name];
      if (!schema) return { environment, unknown: [] };
      const service = workload.name === 'migrate' ? 'accounts' : workload.name;
      const known = Object.keys(schema.shape).flatMap((key) => formsOf(settingName(key), service));
      const unknown = Object.keys(environment).filter((name) => !known.includes(name) && !readByNode.includes(name));
      try {
        return {
          environment,
          unknown,
          config: loadConfig({ service, schema, env: withFiles(environment, workload.name) }),
        };
      } catch (error) {
        return { environment, unknown, error: /** @type {Error} */ (error).message };
      }
    },
  };
}

/** @returns {Promise<Record<string, any>>} */
async function loadSchemas() {
  /** @type {Record<string, any>} */
  const schemas = {};
  for (const service of nodeServices)
    schemas[service] = (await import(`../../services/${service}/dist/config.js`)).configSchema;
  schemas['migrate'] = (await import('../../services/accounts/dist/config.js')).migrationConfigSchema;
  return schemas;
}

/**
 * @param {string} name
 * @param {string} service
 */
function formsOf(name, service) {
  const own = `${service.toUpperCase()}_${name}`;
  return [name, `${name}_FILE`, own, `${own}_FILE`];
}

/**
 * @param {Workload} workload
 * @param {KubernetesObject[]} objects
 * @returns {Record<string, string>}
 */
function environmentOf({ pod }, objects) {
  const [{ envFrom = [], env = [] }] = pod.containers;
  const maps = envFrom.map(
    (/** @type {any} */ { configMapRef }) =>
      ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name === configMapRef?.name)?.data,
  );
  const own = env.map((/** @type {{ name: string, value?: string }} */ { name, value }) => [name, value ?? '']);
  return Object.assign({}, ...maps, Object.fromEntries(own));
}

/**
 * NAME_FILE as the NAME that would be in it.
 * @param {Record<string, string>} environment
 * @param {string} reader
 */
function withFiles(environment, reader) {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => {
      const file = /^\/run\/secrets\/(.+)$/.exec(value)?.[1];
      if (!name.endsWith('_FILE') || !file) return [name, value];
      return [name.replace(/_FILE$/, ''), madeSecrets[reader]?.files[file] ?? ''];
    }),
  );
}
