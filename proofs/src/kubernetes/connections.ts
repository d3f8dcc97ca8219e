/**
 * Tests the network policies: one pod of each kind tries to connect to every port of all pods. The connections in the
 * table `arrows` must succeed. All other connections must fail.
 */
import { arrows } from './arrows.ts';
import { openKubectl, type Kubectl, type KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';
import { Refusal, during, progress } from '@mainstay/platform/terminal';
import { until } from '@mainstay/platform/until';
import { podsOf } from './cluster.ts';

/** Seconds after which a connection that is not open counts as blocked. */
const CONNECT_S = 4;
const OPEN_WITHIN_MS = 60_000;
const STARTED_S = 180;
/** Bash script whose arguments are addresses such as `10.0.0.1:5432`. Prints each address that accepts a connection. */
const SCRIPT = `for t in "$@"; do (timeout ${CONNECT_S} bash -c 'exec 3<>"/dev/tcp/\${1%:*}/\${1##*:}"' _ "$t" 2>/dev/null && echo "$t") & done; wait`;
const ELSEWHERE = 'mainstay-elsewhere'; // a namespace outside the platform
// Names and component labels of pods that cannot run the script: pods of Jobs end too soon, and Prometheus has no bash.
// For each name, the proof starts a probe: a new pod with the same labels and with bash.
const COMPONENTS: Record<string, string> = { migrate: 'job', bootstrap: 'job', prometheus: 'monitoring' };
/**
 * Labels for the namespace ELSEWHERE in three tests, because network policies select namespaces by label. A label name
 * that ends with `-` tells kubectl to remove the label.
 */
const OUTSIDERS = {
  neighbour: ['mainstay-edge-', 'mainstay-monitoring-'],
  edge: ['mainstay-edge=true', 'mainstay-monitoring-'],
  monitoring: ['mainstay-edge-', 'mainstay-monitoring=true'],
};

interface Source {
  name: string;
  pod: string;
  address: string;
  /** Runs kubectl in the pod's namespace. */
  kubectl: Kubectl;
}
interface Target {
  name: string;
  /** Address and port, for example `10.0.0.1:5432`. */
  text: string;
  address: string;
  port: number;
}
interface Tried {
  open: number;
  closed: number;
  wrong: string[];
}

/** @throws Refusal that lists the connections that differ from `arrows`, the table of allowed connections */
export async function proveConnections(kubectl: Kubectl, context: string | undefined): Promise<void> {
  const elsewhere = openKubectl({ namespace: ELSEWHERE, context });
  const pods = [...(await podsOf(kubectl)).values()];
  const image: string = (await kubectl.find('deployment', 'accounts'))?.spec.template.spec.containers[0].image;
  const monitoring = await kubectl.list('pods', 'app.kubernetes.io/component=monitoring');
  const within = [...pods, ...monitoring].flatMap(targetsOf);
  const outside = [
    await serviceOf('dns', 'kube-dns', 53, 'kube-system', context),
    await serviceOf('outside', 'kubernetes', 443, 'default', context),
  ];
  try {
    await elsewhere.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ELSEWHERE } }]);
    // The probe `stray` has no labels, so the policies must block all connections from `stray`.
    const probes = await Promise.all(
      [...Object.keys(COMPONENTS), 'stray'].map((name) => startProbe(kubectl, name, image)),
    );
    const neighbour = await startProbe(elsewhere, 'neighbour', image);
    const byName = new Map(pods.map((pod) => [nameOf(pod), pod]));
    const running = [...byName].map(([name, pod]) => sourceOf(kubectl, name, pod));
    await during('Which pods can connect to which', async () => {
      const tried: Tried[] = [];
      for (const source of [...running, ...probes]) tried.push(await tryAll(source, [...within, ...outside]));
      for (const [name, labels] of Object.entries(OUTSIDERS)) {
        await elsewhere.call(['label', 'namespace', ELSEWHERE, '--overwrite', ...labels]);
        // No policy limits this pod's connections to targets outside the platform, so try only the platform's pods.
        tried.push(await tryAll({ ...neighbour, name }, within));
      }
      const wrong = tried.flatMap((one) => one.wrong);
      if (wrong.length > 0) throw new Refusal(`Connections differ from the table of arrows:\n  ${wrong.join('\n  ')}`);
      const sum = (count: 'open' | 'closed') => tried.reduce((total, one) => total + one[count], 0);
      progress(`${sum('open')} pairs connect as the architecture says, ${sum('closed')} other pairs are refused`);
    });
  } finally {
    await kubectl.remove('pod', ['probe-migrate', 'probe-bootstrap', 'probe-prometheus', 'probe-stray']);
    await elsewhere.remove('namespace', [ELSEWHERE]);
  }
}

async function tryAll({ name, pod, address, kubectl }: Source, targets: Target[]): Promise<Tried> {
  // A pod can always connect to itself.
  const isAllowed = (target: Target) =>
    target.address === address ||
    arrows.some(
      ({ from, to, port, only = 'local' }) =>
        from === name && to === target.name && port === target.port && only === 'local',
    );
  const allowed = targets.filter(isAllowed).map(({ text }) => text);
  const reached = new Set<string>();
  let trying = targets.map(({ text }) => text);
  const areReached = async () => {
    const output = await kubectl.call(['exec', pod, '--', 'bash', '-c', SCRIPT, 'connect', ...trying], {
      isSafe: true,
    });
    for (const text of output.split('\n').filter(Boolean)) reached.add(text);
    trying = allowed.filter((text) => !reached.has(text));
    return trying.length === 0;
  };
  // A node can apply the policies to a new pod late, so retry the allowed connections.
  await until('all connect', areReached, { timeoutMs: OPEN_WITHIN_MS, everyMs: 1_000 }).catch(() => undefined);
  const wrong = targets.filter((target) => reached.has(target.text) !== isAllowed(target));
  return {
    open: allowed.length,
    closed: targets.length - allowed.length,
    wrong: wrong.map(
      (target) =>
        `${name} → ${target.name}:${target.port} ${isAllowed(target) ? 'does not connect' : 'connects, and must not'}`,
    ),
  };
}

const nameOf = ({ metadata }: KubeObject) => metadata.labels?.['app.kubernetes.io/name'] ?? '';

const sourceOf = (kubectl: Kubectl, name: string, { metadata, status }: KubeObject): Source => ({
  name,
  pod: metadata.name,
  address: status.podIP,
  kubectl,
});

const targetOf = (name: string, address: string, port: number): Target => ({
  name,
  address,
  port,
  text: `${address}:${port}`,
});

function targetsOf(pod: KubeObject): Target[] {
  const ports = (pod.spec.containers as { ports?: { containerPort: number }[] }[]).flatMap(({ ports = [] }) => ports);
  return ports.map(({ containerPort }) => targetOf(nameOf(pod), pod.status.podIP, containerPort));
}

async function serviceOf(
  name: string,
  service: string,
  port: number,
  namespace: string,
  context: string | undefined,
): Promise<Target> {
  const found = await openKubectl({ namespace, context }).find('service', service);
  return targetOf(name, found?.spec.clusterIP, port);
}

async function startProbe(kubectl: Kubectl, name: string, image: string): Promise<Source> {
  const component = COMPONENTS[name];
  const labels: Record<string, string> = component
    ? { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': component }
    : {};
  const container = {
    ...{ name: 'probe', image, imagePullPolicy: 'IfNotPresent', command: ['sleep', 'infinity'] },
    resources: { requests: { cpu: '1m', memory: '64Mi' }, limits: { memory: '64Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  };
  const spec = {
    ...{ automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, containers: [container] },
    securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
  };
  const pod = `probe-${name}`;
  await kubectl.apply([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, labels }, spec }]);
  const ready = ['wait', `pod/${pod}`, '--for=condition=Ready', `--timeout=${STARTED_S}s`];
  await kubectl.call(ready, { timeoutMs: 2 * STARTED_S * 1_000 });
  return sourceOf(kubectl, name, (await kubectl.find('pod', pod))!);
}
