/** What only this repository knows of its manifests: settings, secret files, and the time of a drain. kube-linter checks the rest. */
import type { KubeObject } from '../../release/kubernetes/kubectl.ts';
import { migrations, serviceNames, type ServiceName } from '../../services.ts';
import { nameOf, ofKind, workloadsOf, type Workload } from './objects.ts';
import type { ReadSettings, SecretFiles } from './settings-reader.ts';

/** What the rules know beside the objects. */
export interface Knowledge {
  edgeSettings: string[];
  secretFiles: SecretFiles;
  readSettings: (workload: Workload, objects: KubeObject[]) => ReadSettings;
}

const LOOKS_SECRET =
  /-----BEGIN [A-Z ]*PRIVATE KEY|\b[a-z+]+:\/\/[^\s/:@"']*:[^\s/@"'$<{]+@|\b(AKIA|ghp_|hvs\.)[A-Za-z0-9]{12,}/;

/** One sentence for each breach. */
export function breachesOf(objects: KubeObject[], knowledge: Knowledge): string[] {
  const ofWorkloads = workloadsOf(objects).flatMap((workload) => {
    const read = knowledge.readSettings(workload, objects);
    const breaches = [
      ...settings(workload, read, knowledge.edgeSettings),
      ...configMaps(workload, objects),
      ...secretsOf(workload, knowledge.secretFiles),
      ...drain(workload, read),
    ];
    return breaches.map((breach) => `${nameOf(workload.object)}: ${breach}`);
  });
  const written = objects.filter((object) => object.kind === 'Secret' || LOOKS_SECRET.test(JSON.stringify(object)));
  return [
    ...ofWorkloads,
    ...written.map(
      (object) => `${nameOf(object)}: holds a secret. Secrets are made in the cluster, never written down`,
    ),
  ];
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

/** The name of a ConfigMap contains a hash of its content, so that a change replaces the pods. */
function configMaps({ containers }: Workload, objects: KubeObject[]): string[] {
  const there = ofKind(objects, 'ConfigMap').map(({ metadata }) => metadata.name);
  return containers
    .flatMap(({ envFrom = [] }) => envFrom)
    .flatMap(({ configMapRef, secretRef }) => {
      if (secretRef) return ['has a Secret in its environment, where a dump would show it'];
      const name = configMapRef?.name ?? '';
      if (!/-[a-z0-9]{10}$/.test(name)) return [`the name of ConfigMap ${name} does not follow from its content`];
      return there.includes(name) ? [] : [`there is no ConfigMap ${name}`];
    });
}

/** A pod reads only its own secrets, as files, and every file that a setting names is made for that reader. */
function secretsOf({ name, pod, containers }: Workload, made: SecretFiles): string[] {
  const isMigration = migrations.some(({ job }) => job === name);
  const own = name === 'bootstrap' ? ['vault'] : [`${name}-secrets`, ...(isMigration ? ['roles-secrets'] : [])];
  const mounted = (pod.volumes ?? []).flatMap(({ secret }) => (secret ? [secret.secretName] : []));
  const files = own.flatMap((secret) => made[secret.replace(/-secrets$/, '')] ?? []);
  const text = JSON.stringify(containers.map(({ env, args, command }) => ({ env, args, command })));
  const named = [...text.matchAll(/(?<!\/var)\/run\/secrets\/([a-z.-]+)/g)].map(([, file = '']) => file);
  const inEnvironment = containers.flatMap(({ env = [] }) => env).filter(({ valueFrom }) => valueFrom?.secretKeyRef);
  return [
    ...mounted.filter((secret) => !own.includes(secret)).map((secret) => `mounts ${secret}, which is not its own`),
    ...named.filter((file) => !files.includes(file)).map((file) => `its own Secret does not contain the file ${file}`),
    ...inEnvironment.map(({ name: one }) => `${one} is a secret in the environment: use NAME_FILE and a file`),
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
