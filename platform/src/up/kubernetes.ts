import { readOptions, wholeNumber } from '../options.ts';
import { isServing } from '../processes/ports.ts';
import { rolloutsIn } from '../release/kubernetes/argo.ts';
import {
  applyAll,
  describeTrouble,
  eventsOf,
  isRolledOut,
  isTroubled,
  reasonOf,
} from '../release/kubernetes/deployments.ts';
import { openKubectl, type Kubectl, type KubeObject } from '../release/kubernetes/kubectl.ts';
import { throughPort } from '../release/kubernetes/port-forward.ts';
import { overlayOf } from '../release/kubernetes/read-order.ts';
import { render } from '../release/kubernetes/render.ts';
import { entrance } from '../services.ts';
import { offerDemoUsers } from '../start/seed.ts';
import { addressRows, demoUserRows, table, type Row } from '../start/table.ts';
import { Refusal, during, progress } from '../terminal.ts';
import { until } from '../until.ts';

const PORT = 3000;
const ANSWER_MS = 3_000;

/** Applies an overlay. @throws Refusal with the reasons and the last log lines of pods that do not become ready */
export async function upByKubernetes(args: string[]): Promise<void> {
  const { values } = readOptions({
    args,
    options: {
      overlay: { type: 'string', default: 'local' },
      context: { type: 'string' },
      'ready-within': { type: 'string', default: '300' },
    },
  });
  const readyWithinS = wholeNumber('--ready-within', values['ready-within'], 1, 86_400);
  const { namespace, objects } = await render(overlayOf(values.overlay));
  const kubectl = openKubectl({ namespace, context: values.context });
  await kubectl.call(['version', '--output=json', '--request-timeout=5s']).catch((error: Error) => {
    throw new Refusal(`The cluster does not answer. To make a cluster: kind create cluster.\n${error.message}`);
  });
  if ((await rolloutsIn(kubectl)).length > 0)
    throw new Refusal('Argo Rollouts owns the pods. Use npm run release -- kubernetes: docs/rollouts.md');
  await during(`Applying ${values.overlay} to the namespace ${namespace}`, () => applyAll(kubectl, objects));
  await during('Starting', () => untilReady(kubectl, objects, readyWithinS));
  const { url, forward } = await addressOf(kubectl, objects);
  const rows: Row[] = [
    ...addressRows(url),
    ...((await hasDemoUsers(kubectl, objects)) ? demoUserRows() : []),
    ...(forward ? [['First', forward] as Row] : []),
    ['Pods', `kubectl -n ${namespace} get pods`],
    ['Logs', `kubectl -n ${namespace} logs --follow deployment/${entrance}`],
    ['New release', `npm run release -- kubernetes --overlay ${values.overlay} --tag TAG`],
    ['Stop', `kubectl delete namespace ${namespace}; this also deletes the data`],
  ];
  console.log(`\n${table(rows)}\n`);
}

async function untilReady(kubectl: Kubectl, objects: KubeObject[], withinS: number): Promise<void> {
  const isDue = ({ kind, metadata }: KubeObject) =>
    objects.some((one) => one.kind === kind && one.metadata.name === metadata.name);
  let said = '';
  const read = async () => {
    const [workloads, pods, events] = await Promise.all([
      kubectl.list('deployments,statefulsets'),
      kubectl.list('pods'),
      eventsOf(kubectl),
    ]);
    const { isDone, sentence } = progressOf(workloads.filter(isDue), pods, events);
    if (sentence !== said) progress(sentence);
    said = sentence;
    return isDone;
  };
  const late = async () =>
    new Refusal(
      `${await describeTrouble(kubectl, 'app.kubernetes.io/name')}\n\nNot ready within ${withinS} s. The running pods stay. Correct the cause, then run this command again.`,
    );
  await until(late, read, { timeoutMs: withinS * 1_000, everyMs: 1_000 });
}

/** Returns whether all workloads are rolled out, and a sentence with the reason for each pod that is not ready. */
export function progressOf(workloads: KubeObject[], pods: KubeObject[], events: KubeObject[]) {
  const ready = workloads.filter(isRolledOut);
  const troubles = pods.filter(isTroubled).map((pod) => `${pod.metadata.name}: ${reasonOf(pod, events)}`);
  return {
    isDone: workloads.length > 0 && ready.length === workloads.length,
    sentence: [`${ready.length} of ${workloads.length} workloads are ready`, ...troubles].join('\n  '),
  };
}

/**
 * Returns the URL for clients: the host of the overlay, or a port of this machine. Without a node port on which the
 * gateway replies, also returns `forward`, a command that forwards the port to the gateway.
 */
async function addressOf(kubectl: Kubectl, objects: KubeObject[]): Promise<{ url: string; forward?: string }> {
  const hosts = objects.map(({ kind, spec = {} }) => {
    const { hostnames, rules } = spec as { hostnames?: string[]; rules?: { host?: string }[] };
    return kind === 'HTTPRoute' ? hostnames?.[0] : kind === 'Ingress' ? rules?.[0]?.host : undefined;
  });
  const host = hosts.find(Boolean);
  if (host) return { url: `https://${host}` };
  const service = await kubectl.find('service', entrance);
  const [{ port, nodePort }] = (service?.spec as { ports: [{ port: number; nodePort?: number }] }).ports;
  const url = `http://127.0.0.1:${nodePort ?? port}`;
  if (nodePort && (await isServing(`${url}/healthz`, ANSWER_MS))) return { url };
  const forward = `kubectl -n ${kubectl.namespace} port-forward service/${entrance} ${nodePort ?? port}:${port}`;
  return { url, forward };
}

/** Makes the demo users in a local cluster only, because the passwords are public. Returns whether the users exist. */
async function hasDemoUsers(kubectl: Kubectl, objects: KubeObject[]): Promise<boolean> {
  const settings = objects.filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => data as Record<string, string>);
  if (settings.some((data) => data?.DEMO_DEPOSITS === 'false')) return false;
  const view = ['config', 'view', '--minify', '--output=jsonpath={.clusters[0].cluster.server}'];
  const { hostname } = new URL(await kubectl.call(view));
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return false;
  return throughPort(kubectl, `service/${entrance}`, PORT, offerDemoUsers);
}
