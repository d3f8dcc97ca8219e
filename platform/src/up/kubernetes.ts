import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { rolloutsIn } from '../release/kubernetes/argo.ts';
import { applyAll, describeTrouble } from '../release/kubernetes/deployments.ts';
import { KubectlError, openKubectl, type Kubectl, type KubeObject } from '../release/kubernetes/kubectl.ts';
import { overlayOf } from '../release/kubernetes/read-order.ts';
import { render } from '../release/kubernetes/render.ts';
import { entrance } from '../services.ts';
import { offerDemoUsers } from '../start/seed.ts';
import { addressRows, demoUserRows, table, type Row } from '../start/table.ts';
import { Refusal, during, progress } from '../terminal.ts';
import { progressOf } from './kubernetes-progress.ts';

const POLL_MS = 1_000;
const REMIND_AFTER_MS = 15_000;
const ANSWER_MS = 3_000;

/**
 * Runs `npm run up -- kubernetes`: applies an overlay, and prints the table of its addresses when all pods are ready.
 * @throws Refusal with the reasons and the last log lines of pods that do not become ready
 */
export async function upByKubernetes(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      overlay: { type: 'string', default: 'local' },
      namespace: { type: 'string' },
      context: { type: 'string' },
      'ready-within': { type: 'string', default: '300' },
    },
  });
  const seconds = Number(values['ready-within']);
  if (!(seconds > 0))
    throw new Refusal(`--ready-within must be a number of seconds, but is "${values['ready-within']}".`);
  const { namespace, objects } = await render(overlayOf(values.overlay), undefined, values.namespace);
  const kubectl = openKubectl({ namespace, context: values.context });
  try {
    await refuseWithoutCluster(kubectl);
    if ((await rolloutsIn(kubectl)).length > 0)
      throw new Refusal('Argo Rollouts owns the pods. Use npm run release -- kubernetes: docs/rollouts.md');
    await during(`Applying ${values.overlay} to the namespace ${namespace}`, () => applyAll(kubectl, objects));
    await untilReady(kubectl, objects, seconds * 1_000);
    const { url, forward } = await addressOf(kubectl, objects);
    const rows: Row[] = [
      ...addressRows(url),
      ...((await hasDemoUsers(kubectl, objects, url, forward)) ? demoUserRows() : []),
      ...(forward ? [['First', forward] as Row] : []),
      ['Pods', `kubectl -n ${namespace} get pods`],
      ['Logs', `kubectl -n ${namespace} logs --follow deployment/${entrance}`],
      ['New release', `npm run release -- kubernetes --overlay ${values.overlay} --tag TAG`],
      ['Stop', `kubectl delete namespace ${namespace}, which deletes its data too`],
    ];
    console.log(`\n${table(rows)}\n`);
  } catch (error) {
    throw error instanceof KubectlError ? new Refusal(error.message, { cause: error }) : error;
  }
}

async function refuseWithoutCluster(kubectl: Kubectl): Promise<void> {
  await kubectl.call(['version', '--output=json', '--request-timeout=5s']).catch((error: Error) => {
    throw new Refusal(`The cluster does not answer. kind create cluster makes one.\n${error.message}`, {
      cause: error,
    });
  });
}

/** Prints which workloads wait for others until every pod is ready. */
async function untilReady(kubectl: Kubectl, objects: KubeObject[], withinMs: number): Promise<void> {
  const due = objects.filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind));
  const isDue = ({ kind, metadata }: KubeObject) =>
    due.some((one) => one.kind === kind && one.metadata.name === metadata.name);
  const giveUpAt = performance.now() + withinMs;
  let said = { sentence: '', at: 0 };
  for (;;) {
    const kinds = ['deployments', 'statefulsets', 'jobs'].map((kind) => kubectl.list(kind));
    const [workloads, pods] = [(await Promise.all(kinds)).flat().filter(isDue), await kubectl.list('pods')];
    const { isDone, sentence } = progressOf(workloads, pods);
    const now = performance.now();
    if (sentence !== said.sentence || now - said.at > REMIND_AFTER_MS) {
      progress(sentence);
      said = { sentence, at: now };
    }
    if (isDone) return;
    if (now > giveUpAt) {
      const trouble = await describeTrouble(kubectl, 'app.kubernetes.io/name');
      throw new Refusal(
        `${trouble}\n\nNot ready within ${withinMs / 1_000} s. The running pods stay. Correct the cause, then run this command again.`,
      );
    }
    await delay(POLL_MS);
  }
}

/** Returns the URL of the entrance: the overlay's host, or a node port that responds. Without both, `forward` is the command to run first. */
async function addressOf(kubectl: Kubectl, objects: KubeObject[]): Promise<{ url: string; forward?: string }> {
  const hosts = objects.map(({ kind, spec = {} }) => {
    const { hostnames, rules } = spec as { hostnames?: string[]; rules?: { host?: string }[] };
    return kind === 'HTTPRoute' ? hostnames?.[0] : kind === 'Ingress' ? rules?.[0]?.host : undefined;
  });
  const host = hosts.find(Boolean);
  if (host) return { url: `https://${host}` };
  const service = await kubectl.find('service', entrance);
  const { ports } = service?.spec as { ports: [{ port: number; nodePort?: number }] };
  const [{ port, nodePort }] = ports;
  const nodes = nodePort ? await kubectl.list('nodes').catch(() => []) : [];
  const addresses = nodes.flatMap(({ status }) => (status as { addresses?: { address: string }[] }).addresses ?? []);
  for (const address of nodePort ? ['127.0.0.1', ...addresses.slice(0, 2).map((one) => one.address)] : []) {
    const url = `http://${address}:${nodePort}`;
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => undefined);
    if (answer?.ok) return { url };
  }
  const local = nodePort ?? port;
  return {
    url: `http://127.0.0.1:${local}`,
    forward: `kubectl -n ${kubectl.namespace} port-forward service/${entrance} ${local}:${port}`,
  };
}

/** Seeds the demo users and returns whether they exist. Their passwords are public, so the cluster must be on this machine and allow demo deposits. */
async function hasDemoUsers(kubectl: Kubectl, objects: KubeObject[], url: string, forward?: string): Promise<boolean> {
  const settings = objects.filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => data as Record<string, string>);
  if (forward || settings.some((data) => data?.DEMO_DEPOSITS === 'false')) return false;
  const view = ['config', 'view', '--minify', '--output=jsonpath={.clusters[0].cluster.server}'];
  const server = await kubectl.call(view);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(new URL(server).hostname)) return false;
  return offerDemoUsers(url);
}
