/** A node is emptied as `kubectl drain` does it, through the eviction API and its budgets; but of this platform's services alone, so that a shared cluster bears it. */
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal, during, progress } from '@mainstay/platform/terminal';
import { KubectlError } from '@mainstay/platform/release/kubernetes/kubectl';
import { namespace, untilReady } from './cluster.ts';
import { underLoad } from './load.ts';
import type { Kubectl, KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';
import type { Entrance } from './load.ts';

const EMPTY_MS = 10 * 60_000;
const POLL_MS = 1_000;
const SERVICES = 'app.kubernetes.io/component=service';

export async function proveDrain(kubectl: Kubectl, entrance: Entrance) {
  const nodes = (await kubectl.list('nodes')).filter(takesPods);
  if (nodes.length < 2)
    return progress('A drain needs two nodes that take pods: skipped, because this cluster has one');
  const places = (await kubectl.list('pods', SERVICES)).map(({ spec }) => spec.nodeName);
  const countOn = ({ metadata }: KubeObject) => places.filter((name) => name === metadata.name).length;
  const node = nodes.sort((one, other) => countOn(other) - countOn(one))[0]?.metadata.name ?? '';
  await underLoad(entrance, 'drain', { clients: 6, thinkMs: 400 }, async () => {
    await kubectl.call(['cordon', node]);
    try {
      const refusals = await during(`Emptying ${node}`, () => empty(kubectl, node));
      await untilReady(kubectl);
      progress(`${node} is empty; budgets had an eviction wait ${refusals} times`);
    } finally {
      await kubectl.call(['uncordon', node]);
    }
  });
}

/** @returns how often a budget said not now */
async function empty(kubectl: Kubectl, node: string): Promise<number> {
  const giveUpAt = performance.now() + EMPTY_MS;
  for (let refusals = 0; ;) {
    const pods = (await kubectl.list('pods', SERVICES)).filter(({ spec }) => spec.nodeName === node);
    if (pods.length === 0) return refusals;
    if (performance.now() > giveUpAt)
      throw new Refusal(`${node} still has ${pods.map(({ metadata }) => metadata.name).join(', ')}.`);
    for (const { metadata } of pods.filter((pod) => !pod.metadata.deletionTimestamp)) {
      if (!(await evict(kubectl, metadata.name))) refusals += 1;
    }
    await delay(POLL_MS);
  }
}

/** @returns false where its budget does not allow it now */
async function evict(kubectl: Kubectl, name: string): Promise<boolean> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  try {
    await kubectl.call(['create', `--raw=${path}`, '--filename=-'], { input: JSON.stringify(eviction) });
    return true;
  } catch (error) {
    if (error instanceof KubectlError && /disruption budget|TooManyRequests/i.test(error.output)) return false;
    if (error instanceof KubectlError && error.output.includes('(NotFound)')) return true;
    throw error;
  }
}

function takesPods({ spec }: KubeObject) {
  const taints = (spec.taints ?? []) as { effect: string }[];
  return !spec.unschedulable && taints.every(({ effect }) => effect === 'PreferNoSchedule');
}
