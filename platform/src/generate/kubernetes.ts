/** Generates the files and sections of k8s/ whose content depends on the list of services. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { root } from '../root.ts';
import { entrance, migrations, serviceNames, serviceOf, type ServiceName, type Store } from '../services.ts';
import { readers, secretSettings, type Reader } from './readers.ts';
import { databaseRoles } from './store-rights.ts';
import { fill, indent, list, withSections, yamlOrigin, type Files } from './templates.ts';

const storePorts: Record<Store, number> = { postgres: 5432, redis: 6379, mongo: 27_017 };
const POD = 'app.kubernetes.io/name';
const storeReaders = readers.filter(({ stores }) => stores.length > 0);

export function kubernetesFiles(): Files {
  const patches = list(readers.map(({ name }) => `path: ${name}.yaml`));
  const files: Files = {};
  for (const name of serviceNames) Object.assign(files, baseOfService(name));
  for (const { service, job, userId } of migrations) Object.assign(files, baseOfMigration(service, job, userId));
  Object.assign(files, secretComponents());
  for (const name of serviceNames) files[`components/argo-canary/${name}.yaml`] = fill('argo-canary.yaml', { name });
  files['components/stores/network-policies.yaml'] = storePolicies();
  files['components/stores-managed/network-policies.yaml'] = managedStorePolicies();
  return {
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`k8s/${path}`, yamlOrigin + text])),
    ...withSections('k8s/base/kustomization.yaml', {
      services: list([...serviceNames, ...migrations.map(({ job }) => job)]),
    }),
    ...withSections('k8s/components/argo-canary/kustomization.yaml', {
      services: list(serviceNames.map((name) => `${name}.yaml`)),
      autoscalers: `- target: { kind: HorizontalPodAutoscaler, name: (${serviceNames.join('|')}) }
  patch: |
    - { op: replace, path: /spec/scaleTargetRef/apiVersion, value: argoproj.io/v1alpha1 }
    - { op: replace, path: /spec/scaleTargetRef/kind, value: Rollout }`,
    }),
    // kustomize reads only files in the component's folder, so the folder has a copy of docker/postgres/roles.sql.
    'k8s/components/stores/postgres/roles.sql': databaseRoles(),
    ...withSections('k8s/components/stores/kustomization.yaml', {
      migrations: `- { path: postgres/roles-before-migration.yaml, target: { kind: Job, name: (${migrations.map(({ job }) => job).join('|')}) } }`,
    }),
    ...withSections('k8s/components/vault/kustomization.yaml', { readers: patches }),
    ...withSections('k8s/components/vault/network-policies.yaml', {
      readers: `- { key: ${POD}, operator: In, values: [${readers.map(({ name }) => name).join(', ')}] }`,
    }),
    ...withSections('k8s/components/secrets-store-csi/volumes/kustomization.yaml', { readers: patches }),
    ...withSections('k8s/components/pod-monitor/pod-monitor.yaml', {
      services: `- { key: ${POD}, operator: In, values: [${serviceNames.join(', ')}] }`,
    }),
    ...withSections('k8s/components/request-hpa/kustomization.yaml', {
      services: serviceNames.map(requestTarget).join('\n'),
    }),
    ...overlays(),
  };
}

function baseOfService(name: ServiceName): Files {
  const { userId, memoryMi, replicas } = serviceOf(name);
  const part = (template: string) => fill(template, { name, userId, memory: memoryMi, ...replicas });
  return baseOf(name, settings(name), {
    autoscaler: part('service-autoscaler.yaml'),
    deployment: part('service-deployment.yaml'),
    'disruption-budget': part('service-disruption-budget.yaml'),
    'network-policy': servicePolicy(name),
    'service-account': part('service-account.yaml'),
    service: part(name === entrance ? 'service-public.yaml' : 'service-headless.yaml'),
  });
}

function baseOfMigration(service: ServiceName, name: string, userId: number): Files {
  const part = (template: string) => fill(template, { name, service, userId });
  return baseOf(name, settingsText(name), {
    job: part('migration-job.yaml'),
    'network-policy': part('migration-network-policy.yaml'),
    'service-account': part('service-account.yaml'),
  });
}

function baseOf(name: string, settings: string, resources: Record<string, string>): Files {
  const files: Files = {
    [`base/${name}/settings.env`]: settings,
    [`base/${name}/kustomization.yaml`]: `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
${indent(list(Object.keys(resources).map((resource) => `${resource}.yaml`)))}
configMapGenerator:
  - name: ${name}-settings
    envs: [settings.env]
`,
  };
  for (const [resource, text] of Object.entries(resources)) files[`base/${name}/${resource}.yaml`] = text;
  return files;
}

function settings(name: ServiceName): string {
  const isPublic = name === entrance;
  const urls = serviceOf(name).calls.map((called) => `${called.toUpperCase()}_URL=http://${called}:3000\n`);
  return `# The heap gets 60 % of the container's memory limit. The rest is for buffers, code and threads.
NODE_OPTIONS=--max-old-space-size-percentage=60
LOG_LEVEL=info
${urls.join('')}${settingsText(name)}${isPublic ? '# One proxy in front of the platform adds the address of the client.\nTRUST_PROXY=1\n' : ''}# ${
    isPublic
      ? "The time until every node's kube-proxy and every controller have removed the pod from their lists."
      : 'The time until DNS has removed the pod and every caller has resolved the name again (every 5 s).'
  }
PRE_DRAIN_DELAY_MS=${isPublic ? 5000 : 10_000}
DRAIN_WINDOW_MS=25000
`;
}

const settingsText = (reader: string) =>
  Object.entries(secretSettings(reader))
    .map(([name, file]) => `${name}=${file}\n`)
    .join('');

function policy(name: string, pod: string, policyTypes: string[], rules: object): string {
  const spec = { podSelector: { matchLabels: { [POD]: pod } }, policyTypes, ...rules };
  return stringify({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec });
}

const pods = (values: readonly string[]) => ({
  podSelector: { matchExpressions: [{ key: POD, operator: 'In', values }] },
});
const namespaces = (label: string) => ({ namespaceSelector: { matchLabels: { [label]: 'true' } } });
const from = (peer: object, port: string) => ({ from: [peer], ports: [{ port }] });
const to = (peers: object[], ...ports: number[]) => ({ to: peers, ports: ports.map((port) => ({ port })) });

function servicePolicy(name: ServiceName): string {
  const { calls } = serviceOf(name);
  const callers = serviceNames.filter((one) => serviceOf(one).calls.includes(name));
  const ingress = [
    // The namespace of the ingress controller or gateway controller must have the label `mainstay-edge=true`.
    ...(name === entrance ? [from(namespaces('mainstay-edge'), 'http')] : []),
    ...(callers.length > 0 ? [from(pods(callers), 'http')] : []),
    from(namespaces('mainstay-monitoring'), 'management'),
  ];
  const egress = calls.length > 0 ? [to([pods(calls)], 3000)] : undefined;
  return policy(name, name, ['Ingress', 'Egress'], { ingress, egress });
}

function storePolicies(): string {
  const stores = (Object.keys(storePorts) as Store[]).map((store) => {
    const names = readers.filter((reader) => reader.stores.includes(store)).map(({ name }) => name);
    return policy(store, store, ['Ingress', 'Egress'], { ingress: [from(pods(names), store)] });
  });
  const egress = storeReaders.map(({ name, stores: used }) =>
    policy(`${name}-stores`, name, ['Egress'], { egress: used.map((store) => to([pods([store])], storePorts[store])) }),
  );
  return [...stores, ...egress].join('---\n');
}

function managedStorePolicies(): string {
  const networks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map((cidr) => ({ ipBlock: { cidr } }));
  const all = storeReaders.map(({ name, stores }) => {
    const ports = stores.map((store) => storePorts[store]);
    return policy(`${name}-stores`, name, ['Egress'], { egress: [to(networks, ...ports)] });
  });
  return all.join('---\n');
}

function secretComponents(): Files {
  const files: Files = {};
  for (const { name, userId, isJob, files: names } of readers) {
    const object = isJob ? { apiVersion: 'batch/v1', kind: 'Job' } : { apiVersion: 'apps/v1', kind: 'Deployment' };
    const annotations = names.map((secret) => fill('vault-secret.yaml', { name, secret })).join('');
    // In a Job, the Vault agent must write the files and then end. Otherwise the Job would never end.
    const more = isJob ? `        vault.hashicorp.com/agent-pre-populate-only: 'true'\n` : '';
    const secrets = (more + annotations).trimEnd();
    files[`components/vault/${name}.yaml`] = fill('vault.yaml', { name, userId, ...object, secrets });
    files[`components/secrets-store-csi/volumes/${name}.yaml`] = fill('csi-volume.yaml', { name, ...object });
  }
  const each = (template: string, linesOf: (reader: Reader) => string[]) =>
    readers.map((reader) => fill(template, { name: reader.name, secrets: linesOf(reader).join('\n') })).join('---\n');
  return {
    ...files,
    'components/secrets-store-csi/aws/secret-provider-classes.yaml': each('csi-aws.yaml', (reader) =>
      reader.files.flatMap((one) => [`          - path: '"${one}"'`, `            objectAlias: ${one}`]),
    ),
    'components/secrets-store-csi/azure/secret-provider-classes.yaml': each('csi-azure.yaml', ({ name, files }) =>
      files.map((secret) => fill('csi-azure-secret.yaml', { name, secret }).trimEnd()),
    ),
    'components/external-secrets/aws/external-secrets.yaml': each('external-secret.yaml', ({ name }) => [
      `  dataFrom:\n    - extract: { key: mainstay/${name} }`,
    ]),
    'components/external-secrets/azure/external-secrets.yaml': each('external-secret.yaml', ({ name, files }) => [
      '  data:',
      ...files.map((one) => `    - { secretKey: ${one}, remoteRef: { key: ${name}-${one} } }`),
    ]),
  };
}

function requestTarget(name: ServiceName): string {
  return `- target: { kind: HorizontalPodAutoscaler, name: ${name} }
  patch: |
    - op: add
      path: /spec/metrics/-
      value:
        type: Pods
        pods:
          metric: { name: http_requests_per_second }
          target: { type: AverageValue, averageValue: '${serviceOf(name).requestsPerReplica}' }`;
}

/** The image of each service gets the registry and the tag of the public service, whose name is in `entrance`. */
function overlays(): Files {
  const jobs = migrations.map(({ job }) => fill('overlay-tag-job.yaml', { job, index: job.split('-').length }));
  const tag = yamlOrigin + fill('overlay-tag.yaml', { entrance, jobs: jobs.join('').trimEnd() });
  const folders = readdirSync(join(root, 'k8s/overlays')).map((name) => `k8s/overlays/${name}/kustomization.yaml`);
  return Object.assign(
    {},
    ...folders.map((path) => {
      const lines = readFileSync(join(root, path), 'utf8').split('\n');
      const like = lines.find((line) => line.includes(`{ name: mainstay/${entrance}`))?.trim() ?? '';
      const images = serviceNames.map((name) => like.replaceAll(`/${entrance}`, `/${name}`));
      return { ...withSections(path, { images: images.join('\n') }), [join(path, '../tag.yaml')]: tag };
    }),
  ) as Files;
}
