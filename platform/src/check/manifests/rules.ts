/** What only this repository knows of its manifests: settings, secret files, and the time of a drain. kube-linter checks the rest. */
import type { KubeObject } from '../../release/kubernetes/kubectl.ts';
import { migrations, serviceNames, type ServiceName } from '../../services.ts';
import { nameOf, workloadsOf, type Workload } from './objects.ts';
import type { ReadSettings, SecretFiles } from './settings-reader.ts';

/** What the rules need in addition to the objects. */
export interface Knowledge {
  edgeSettings: string[];
  secretFiles: SecretFiles;
  readSettings: (workload: Workload, objects: KubeObject[]) => ReadSettings;
}

/** One sentence for each breach. */
export function breachesOf(objects: KubeObject[], knowledge: Knowledge): string[] {
  return workloadsOf(objects).flatMap((workload) => {
    const read = knowledge.readSettings(workload, objects);
    const breaches = [
      ...settings(workload, read, knowledge.edgeSettings),
      ...secretsOf(workload, knowledge.secretFiles),
      ...drain(workload, read),
    ];
    return breaches.map((breach) => `${nameOf(workload.object)}: ${breach}`);
  });
}

function isService(name: string): name is ServiceName {
  return serviceNames.includes(name as ServiceName);
}

/** Every setting must be one that the program knows, with a value that the program accepts. */
function settings({ name }: Workload, { environment, unknown, error }: ReadSettings, edgeSettings: string[]): string[] {
  const unknownToEdge = name === 'web' ? Object.keys(environment).filter((one) => !edgeSettings.includes(one)) : [];
  return [
    ...unknown.map((setting) => `${setting} is not a setting of ${name}`),
    ...unknownToEdge.map((setting) => `${setting} is not in docker/edge/defaults.env`),
    ...(error ? [error] : []),
  ];
}

/** A pod reads only its own secrets, as files, and every file that a setting names is made for that reader. */
function secretsOf({ name, pod, containers }: Workload, made: SecretFiles): string[] {
  const isMigration = migrations.some(({ job }) => job === name);
  const own = name === 'bootstrap' ? ['vault'] : [`${name}-secrets`, ...(isMigration ? ['roles-secrets'] : [])];
  const mounted = (pod.volumes ?? []).flatMap(({ secret }) => (secret ? [secret.secretName] : []));
  const files = own.flatMap((secret) => made[secret.replace(/-secrets$/, '')] ?? []);
  const text = JSON.stringify(containers.map(({ env, args, command }) => ({ env, args, command })));
  const named = [...text.matchAll(/(?<!\/var)\/run\/secrets\/([a-z.-]+)/g)].map(([, file = '']) => file);
  return [
    ...mounted.filter((secret) => !own.includes(secret)).map((secret) => `mounts ${secret}, which is not its own`),
    ...named.filter((file) => !files.includes(file)).map((file) => `its own Secret does not contain the file ${file}`),
  ];
}

/** A pod finishes its requests before it is killed. */
function drain({ name, pod }: Workload, { config }: ReadSettings): string[] {
  if (!isService(name) || !config) return [];
  const drainMs = config.preDrainDelayMs + config.drainWindowMs + config.closeTimeoutMs;
  return [
    ...((pod.terminationGracePeriodSeconds ?? 30) * 1_000 > drainMs
      ? []
      : [`terminationGracePeriodSeconds must be above the ${drainMs} ms that a drain may take`]),
    ...(config.preDrainDelayMs > 0 ? [] : ['PRE_DRAIN_DELAY_MS must cover the time until kube-proxy and DNS know']),
  ];
}
