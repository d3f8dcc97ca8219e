/** Checks settings, secret files and shutdown times in rendered objects. kube-linter checks only general rules. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { settingsTable } from '@mainstay/config';
import { importBuild } from '../../generate/import-build.ts';
import { readers } from '../../generate/readers.ts';
import type { KubeObject } from '../../release/kubernetes/kubectl.ts';
import { root } from '../../root.ts';
import { secretFiles } from '../../secrets/secret-files.ts';

type Environment = Record<string, string>;

interface Pod {
  containers: { env?: { name: string; value?: string }[]; envFrom?: { configMapRef?: { name: string } }[] }[];
  terminationGracePeriodSeconds?: number;
}

interface Template {
  metadata?: { labels?: Record<string, string> };
  spec?: Pod;
}

type Schema = Parameters<typeof settingsTable>[0];

/** The program that a container runs. `files` has a made-up content, which `schema` accepts, for each secret file. */
interface Program {
  service: string;
  schema: Schema;
  files: Record<string, string>;
}

/** Settings that Node.js or a library reads. The schemas of the services do not contain these settings. */
const READ_BY_NODE = ['NODE_OPTIONS', 'NODE_ENV'];
const SECRET_FILE = /^\/run\/secrets\/(.+)$/;
const ANY_SECRET = 'a'.repeat(64);

/** Loads the schemas of the built services. @returns a function that returns one sentence for each broken rule */
export async function loadRules(): Promise<(objects: KubeObject[]) => string[]> {
  const { loadConfig, settingName } = await import('@mainstay/config');
  const programs = await loadPrograms();
  const edgeSettings = await settingsOfEdge();

  function breachesOf(name: string, pod: Pod, env: Environment): string[] {
    const program = programs.get(name);
    if (!program) {
      const unknown = Object.keys(env).filter((setting) => name === 'web' && !edgeSettings.includes(setting));
      return unknown.map((setting) => `${setting} is not in docker/edge/defaults.env`);
    }
    const { service, schema, files } = program;
    const names = Object.keys(schema.shape).map(settingName);
    const known = [...names, ...names.map((setting) => `${service.toUpperCase()}_${setting}`)];
    const isKnown = (setting: string) => known.includes(setting) || known.includes(setting.replace(/_FILE$/, ''));
    const unknown = Object.keys(env).filter((setting) => !isKnown(setting) && !READ_BY_NODE.includes(setting));
    const named = Object.values(env).flatMap((value) => SECRET_FILE.exec(value)?.slice(1) ?? []);
    const breaches = [
      ...unknown.map((setting) => `${setting} is not a setting of ${name}`),
      ...named.filter((file) => !(file in files)).map((file) => `its Secret does not contain the file ${file}`),
    ];
    try {
      const config = loadConfig({ service, schema, env: withFiles(env, files) }) as Record<string, number>;
      return [...breaches, ...drain(pod, config)];
    } catch (error) {
      return [...breaches, (error as Error).message];
    }
  }

  return (objects) =>
    objects.flatMap((object) => {
      const template = (object.spec as { template?: Template } | undefined)?.template;
      const pod = template?.spec;
      if (!pod?.containers) return []; // a Service or a Rollout has no containers
      const name = template?.metadata?.labels?.['app.kubernetes.io/name'] ?? object.metadata.name;
      return breachesOf(name, pod, environmentOf(pod, objects)).map(
        (breach) => `${object.kind} ${object.metadata.name}: ${breach}`,
      );
    });
}

/** Checks that Kubernetes does not kill a pod while the service still finishes open requests. */
function drain({ terminationGracePeriodSeconds: graceS = 30 }: Pod, config: Record<string, number>): string[] {
  const { preDrainDelayMs, drainWindowMs = 0, closeTimeoutMs = 0 } = config;
  if (preDrainDelayMs === undefined) return []; // a migration job does not drain
  const drainMs = preDrainDelayMs + drainWindowMs + closeTimeoutMs;
  return [
    ...(graceS * 1_000 > drainMs
      ? []
      : [`terminationGracePeriodSeconds must be above the ${drainMs} ms that a drain may take`]),
    ...(preDrainDelayMs > 0 ? [] : ['PRE_DRAIN_DELAY_MS must cover the time until kube-proxy and DNS drop the pod']),
  ];
}

async function loadPrograms(): Promise<Map<string, Program>> {
  const made = secretFiles(new Proxy({}, { get: () => ANY_SECRET }));
  const postgres = (await import(join(root, 'packages/postgres/dist/index.js'))) as { migrationConfigSchema: Schema };
  const programs = new Map<string, Program>();
  for (const { name, service, isJob } of readers) {
    const { configSchema } = await importBuild<{ configSchema: Schema }>(service, 'config.js');
    const schema = isJob ? postgres.migrationConfigSchema : configSchema;
    programs.set(name, { service, schema, files: made[name]?.files ?? {} });
  }
  return programs;
}

async function settingsOfEdge(): Promise<string[]> {
  const files = ['defaults.env', 'container.env'].map((file) => join(root, 'docker/edge', file));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return texts.flatMap((text) => Object.keys(parseEnv(text)));
}

function environmentOf({ containers: [container] }: Pod, objects: KubeObject[]): Environment {
  const { envFrom = [], env = [] } = container ?? {};
  const maps = envFrom.map(({ configMapRef }) => {
    const found = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef?.name);
    return found?.data as Environment | undefined;
  });
  return Object.assign({}, ...maps, ...env.map(({ name, value }) => ({ [name]: value ?? '' }))) as Environment;
}

/** Replaces each setting `NAME_FILE` with a setting `NAME`. The value of `NAME` is the content of the file. */
function withFiles(environment: Environment, files: Record<string, string>): Environment {
  const entries = Object.entries(environment).map(([name, value]) => {
    const file = SECRET_FILE.exec(value)?.[1];
    return name.endsWith('_FILE') && file ? [name.replace(/_FILE$/, ''), files[file] ?? ''] : [name, value];
  });
  return Object.fromEntries(entries) as Environment;
}
