/** Pods that stand for callers which do not run for long, or must not be there at all. */
import { namespace } from './cluster.ts';
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';

const ELSEWHERE = 'mainstay-elsewhere';
const STARTED_S = 180;
const EDGE = 'mainstay-edge';
const MONITORING = 'mainstay-monitoring';
/** What makes the pod of a neighbouring namespace one of the outsiders of the table. */
const LABELS: Record<string, string[]> = {
  neighbour: [`${EDGE}-`, `${MONITORING}-`],
  edge: [`${EDGE}=true`, `${MONITORING}-`],
  monitoring: [`${EDGE}-`, `${MONITORING}=true`],
};

export interface Source {
  name: string;
  pod: string;
  namespace: string;
  address: string;
}

/**
 * Starts them, and removes them whatever happens.
 * @param work becomeOf: labels the neighbour's namespace
 */
export async function withProbes(
  kubectl: Kubectl,
  work: (probes: Source[], becomeOf: (name: string) => Promise<Source>) => Promise<void>,
) {
  const image = await kubectl.call([
    'get',
    'deployment',
    'accounts',
    '--output=jsonpath={.spec.template.spec.containers[0].image}',
  ]);
  const probes = [
    { name: 'migrate', place: namespace },
    { name: 'bootstrap', place: namespace },
    { name: 'stray', place: namespace },
    { name: 'neighbour', place: ELSEWHERE },
  ];
  const elsewhere = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ELSEWHERE } };
  try {
    await kubectl.apply([elsewhere]);
    for (const probe of probes) {
      const input = JSON.stringify(podOf(probe, image));
      await kubectl.call(['apply', `--namespace=${probe.place}`, '--filename=-'], { input, isSafe: true });
    }
    const started: Source[] = [];
    for (const { name, place } of probes) {
      const pod = `probe-${name}`;
      const inPlace = `--namespace=${place}`;
      await kubectl.call(['wait', `pod/${pod}`, inPlace, '--for=condition=Ready', `--timeout=${STARTED_S}s`], {
        timeoutMs: 2 * STARTED_S * 1_000,
      });
      const address = await kubectl.call(['get', 'pod', pod, inPlace, '--output=jsonpath={.status.podIP}']);
      started.push({ name, pod, namespace: place, address: address.trim() });
    }
    await work(started, async (name) => {
      await kubectl.call(['label', 'namespace', ELSEWHERE, '--overwrite', ...(LABELS[name] ?? [])]);
      const neighbour = started.find((probe) => probe.name === 'neighbour');
      if (!neighbour) throw new Error('there is no neighbour');
      return { ...neighbour, name };
    });
  } finally {
    await kubectl.remove(
      'pod',
      probes.filter(({ place }) => place === namespace).map(({ name }) => `probe-${name}`),
    );
    await kubectl.remove('namespace', [ELSEWHERE]);
  }
}

function podOf({ name, place }: { name: string; place: string }, image: string) {
  const isOurs = name === 'migrate' || name === 'bootstrap';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `probe-${name}`,
      namespace: place,
      labels: isOurs ? { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'job' } : {},
    },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'probe',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', 'infinity'],
          resources: { requests: { cpu: '1m', memory: '64Mi' }, limits: { memory: '64Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}
