import type { Kubectl, KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';

const EMPTY_S = 600;
const SERVICES = 'app.kubernetes.io/component=service';

/** Returns the schedulable nodes. The first node has the most service pods. */
export async function nodesOf(kubectl: Kubectl): Promise<string[]> {
  const nodes = (await kubectl.list('nodes')).filter(takesPods).map(({ metadata }) => metadata.name);
  const places = (await kubectl.list('pods', SERVICES)).map(({ spec }) => spec.nodeName);
  const countOn = (node: string) => places.filter((name) => name === node).length;
  return nodes.sort((one, other) => countOn(other) - countOn(one));
}

/** Evicts the services' pods within their budgets, and lets the node take pods again. */
export async function drainNode(kubectl: Kubectl, node: string): Promise<void> {
  const pods = ['--pod-selector', `${SERVICES},app.kubernetes.io/part-of=mainstay`, '--delete-emptydir-data'];
  const drain = ['drain', node, ...pods, '--ignore-daemonsets', `--timeout=${EMPTY_S}s`];
  await kubectl.call(drain, { timeoutMs: 2 * EMPTY_S * 1_000 }).finally(() => kubectl.call(['uncordon', node]));
}

function takesPods({ spec }: KubeObject): boolean {
  const taints = (spec.taints ?? []) as { effect: string }[];
  return !spec.unschedulable && taints.every(({ effect }) => effect === 'PreferNoSchedule');
}
