/**
 * Drains a node as `kubectl drain` does, through the eviction API and its budgets. Evicts only services of one namespace, because the cluster may
 * have other tenants.
 */
import type { Kubectl, KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';
import { until } from '../until.ts';

const EMPTY_MS = 10 * 60_000;
const SERVICES = 'app.kubernetes.io/component=service';

/** The schedulable nodes, the one with most service pods first. */
export async function nodesOf(kubectl: Kubectl): Promise<string[]> {
  const nodes = (await kubectl.list('nodes')).filter(takesPods).map(({ metadata }) => metadata.name);
  const places = (await kubectl.list('pods', SERVICES)).map(({ spec }) => spec.nodeName);
  const countOn = (node: string) => places.filter((name) => name === node).length;
  return nodes.sort((one, other) => countOn(other) - countOn(one));
}

/**
 * Cordons the node, evicts the pods, waits until they are gone, and uncordons the node.
 * @returns how often a budget refused an eviction temporarily
 */
export async function drainNode(kubectl: Kubectl, node: string): Promise<number> {
  let refusals = 0;
  await kubectl.call(['cordon', node]);
  try {
    const isEmpty = async () => {
      const pods = (await kubectl.list('pods', SERVICES)).filter(({ spec }) => spec.nodeName === node);
      for (const { metadata } of pods.filter((pod) => !pod.metadata.deletionTimestamp))
        if (!(await evict(kubectl, metadata.name))) refusals += 1;
      return pods.length === 0;
    };
    await until(`${node} has no pod of the services`, isEmpty, { timeoutMs: EMPTY_MS, everyMs: 1_000 });
  } finally {
    await kubectl.call(['uncordon', node]);
  }
  return refusals;
}

/** @returns false if the disruption budget does not allow it now */
async function evict(kubectl: Kubectl, name: string): Promise<boolean> {
  const { namespace } = kubectl;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  try {
    await kubectl.call(['create', `--raw=${path}`, '--filename=-'], { input: JSON.stringify(eviction) });
    return true;
  } catch (error) {
    const { message } = error as Error;
    if (/disruption budget|TooManyRequests/i.test(message)) return false;
    if (message.includes('(NotFound)')) return true;
    throw error;
  }
}

function takesPods({ spec }: KubeObject): boolean {
  const taints = (spec.taints ?? []) as { effect: string }[];
  return !spec.unschedulable && taints.every(({ effect }) => effect === 'PreferNoSchedule');
}
