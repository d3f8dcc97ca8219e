// @ts-check
/** What is done to the platform on Kubernetes under load, by the command that people and pipelines use. */
import { setTimeout as delay } from 'node:timers/promises';

/** A build that never becomes ready need not be waited for as long as one that may. */
const IMPATIENT = ['--deadline', '60'];
const GONE_MS = 180_000;

/** @typedef {import('./kubernetes-platform.mjs').KubernetesPlatform} KubernetesPlatform */
/** @typedef {import('./disturb.mjs').Plan} Plan */
/** @typedef {{ sound: string[], neverReady: string, errors: string, latency: string }} Tags of images that are on the nodes */

/** Each other tag in turn: nobody rolls out what serves already. @param {string[]} tags @returns {() => string} */
export function inTurn(tags) {
  let at = 0;
  return () => String(tags[(at += 1) % tags.length]);
}

/** @param {KubernetesPlatform} platform @param {() => string} nextTag @param {number} times @returns {Plan} */
export function rollings(platform, nextTag, times) {
  return {
    name: 'rolling update of everything',
    times,
    async make() {
      const tag = nextTag();
      await platform.mustRoll('--tag', tag, '--deadline', platform.deadlineS);
      return { detail: tag };
    },
  };
}

/** Must be undone, and the pods that serve must be those that served. @param {KubernetesPlatform} platform @param {string} tag @param {number} times @returns {Plan} */
export function neverReady(platform, tag, times) {
  return {
    name: 'rolling update to a build that never becomes ready',
    times,
    async make() {
      const before = await readyGateways(platform);
      const { code, output } = await platform.rollout('--tag', tag, '--url', platform.url, ...IMPATIENT);
      if (code !== 1 || !output.includes('was not taken'))
        throw new Error(`a build that never becomes ready ended with ${code}:\n${output}`);
      const after = await readyGateways(platform);
      const left = before.filter((name) => after.includes(name));
      if (left.length !== before.length)
        throw new Error(`${before.join(' ')} served before, and ${after.join(' ')} after`);
      return {};
    },
  };
}

/** A node is emptied of services, within the disruption budgets, and comes back. @param {KubernetesPlatform} platform @param {number} times @returns {Plan} */
export function drains(platform, times) {
  return {
    name: 'node drained',
    times,
    async make(random) {
      const { kubectl } = platform;
      const nodes = (await kubectl.list('nodes')).map(({ metadata }) => metadata.name);
      const node = random.pick(nodes);
      try {
        // Of this namespace alone: the cluster may have other tenants.
        await kubectl.call(['cordon', node]);
        const pods = await kubectl.list('pods', 'app.kubernetes.io/component=service');
        const there = pods.filter(({ spec }) => spec.nodeName === node).map(({ metadata }) => metadata.name);
        await evict(platform, there);
        return { detail: `${node}, ${there.length} pods` };
      } finally {
        await kubectl.call(['uncordon', node]);
      }
    },
  };
}

/** As `kubectl drain` does: asks for each eviction until the budget allows it. @param {KubernetesPlatform} platform @param {string[]} pods */
async function evict({ kubectl }, pods) {
  const giveUpAt = performance.now() + GONE_MS;
  for (const name of pods) {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: kubectl.namespace } };
    const path = `/api/v1/namespaces/${kubectl.namespace}/pods/${name}/eviction`;
    for (;;) {
      const isAllowed = await kubectl
        .call(['create', '--raw', path, '--filename=-'], { input: JSON.stringify(eviction) })
        .then(
          () => true,
          () => false,
        );
      if (isAllowed) break;
      if (performance.now() > giveUpAt) throw new Error(`the budget did not let ${name} go`);
      await delay(1_000);
    }
  }
  while ((await kubectl.list('pods')).some(({ metadata }) => pods.includes(metadata.name))) {
    if (performance.now() > giveUpAt) throw new Error(`${pods.join(', ')} did not go`);
    await delay(1_000);
  }
}

/** @param {KubernetesPlatform} platform */
async function readyGateways({ kubectl }) {
  const pods = await kubectl.list('pods', 'app.kubernetes.io/name=gateway');
  return pods
    .filter(({ metadata, status }) => !metadata['deletionTimestamp'] && status.containerStatuses?.[0]?.ready)
    .map(({ metadata }) => metadata.name);
}
