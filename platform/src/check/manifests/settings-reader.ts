/** How the services read the settings in manifests, by their own schemas. Needs a build. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { KubeObject } from '../../release/kubernetes/kubectl.ts';
import { root } from '../../root.ts';
import { migrations, serviceNames } from '../../services.ts';
import { ofKind, type Workload } from './objects.ts';

/** The settings of a workload, and how its program reads them. */
export interface ReadSettings {
  /** The environment of the workload's own container. */
  environment: Record<string, string>;
  /** Settings that its program does not know. */
  unknown: string[];
  /** The settings with which the service would start. */
  config?: { preDrainDelayMs: number; drainWindowMs: number; closeTimeoutMs: number };
  /** Why the service would not start. */
  error?: string;
}

/** The names of the files in each reader's Secret. */
export type SecretFiles = Record<string, string[]>;

interface Schema {
  shape: Record<string, unknown>;
}

interface Build {
  loadConfig: (options: {
    service: string;
    schema: Schema;
    env: Record<string, string>;
  }) => NonNullable<ReadSettings['config']>;
  settingName: (key: string) => string;
}

/** Node.js itself reads these. */
const READ_BY_NODE = ['NODE_OPTIONS', 'NODE_ENV'];
const ANY_SECRET = 'a'.repeat(64);

const load = async <Module>(path: string) => (await import(join(root, path))) as Module;

/** Loads the schemas, and what docker/compose/secret-files.mjs makes for each reader. */
export async function loadSettingsReader(): Promise<{
  edgeSettings: string[];
  secretFiles: SecretFiles;
  readSettings: (workload: Workload, objects: KubeObject[]) => ReadSettings;
}> {
  const { loadConfig } = await load<Build>('packages/config/dist/index.js');
  const { settingName } = await load<Build>('packages/config/dist/setting-name.js');
  const schemas = await loadSchemas();
  const made = await madeSecrets();
  const edgeFiles = ['defaults.env', 'container.env'].map((file) => join(root, 'docker/edge', file));
  const edgeTexts = await Promise.all(edgeFiles.map((file) => readFile(file, 'utf8')));
  return {
    edgeSettings: edgeTexts.flatMap((text) => Object.keys(parseEnv(text))),
    secretFiles: Object.fromEntries(Object.entries(made).map(([reader, { files }]) => [reader, Object.keys(files)])),
    readSettings(workload, objects) {
      const environment = environmentOf(workload, objects);
      const schema = schemas.get(workload.name);
      if (!schema) return { environment, unknown: [] };
      const service = migrations.find(({ job }) => job === workload.name)?.service ?? workload.name;
      const known = Object.keys(schema.shape).flatMap((key) => formsOf(settingName(key), service));
      const unknown = Object.keys(environment).filter((name) => !known.includes(name) && !READ_BY_NODE.includes(name));
      const files = made[workload.name]?.files ?? {};
      try {
        return { environment, unknown, config: loadConfig({ service, schema, env: withFiles(environment, files) }) };
      } catch (error) {
        return { environment, unknown, error: (error as Error).message };
      }
    },
  };
}

async function madeSecrets(): Promise<Record<string, { files: Record<string, string> }>> {
  interface Module {
    secretFiles: (values: object) => Record<string, { files: Record<string, string> }>;
  }
  const { secretFiles } = await load<Module>('docker/compose/secret-files.mjs');
  return secretFiles(new Proxy({}, { get: () => ANY_SECRET }));
}

async function loadSchemas(): Promise<Map<string, Schema>> {
  const schemas = new Map<string, Schema>();
  for (const name of serviceNames) {
    const module = await load<Record<string, Schema>>(`services/${name}/dist/config.js`);
    if (module.configSchema) schemas.set(name, module.configSchema);
  }
  const { migrationConfigSchema } = await load<Record<string, Schema>>('packages/postgres/dist/index.js');
  for (const { job } of migrations) if (migrationConfigSchema) schemas.set(job, migrationConfigSchema);
  return schemas;
}

function formsOf(name: string, service: string): string[] {
  const own = `${service.toUpperCase()}_${name}`;
  return [name, `${name}_FILE`, own, `${own}_FILE`];
}

function environmentOf({ pod }: Workload, objects: KubeObject[]): Record<string, string> {
  const { envFrom = [], env = [] } = pod.containers[0] ?? {};
  const maps = envFrom.map(({ configMapRef }) => {
    const found = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name === configMapRef?.name);
    return found?.data as Record<string, string> | undefined;
  });
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value ?? '']));
  return Object.assign({}, ...maps, own) as Record<string, string>;
}

/** Replaces each NAME_FILE with NAME and the content of its file. */
function withFiles(environment: Record<string, string>, files: Record<string, string>): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => {
    const file = /^\/run\/secrets\/(.+)$/.exec(value)?.[1];
    return name.endsWith('_FILE') && file ? [name.replace(/_FILE$/, ''), files[file] ?? ''] : [name, value];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}
