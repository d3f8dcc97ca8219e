/** What is done to the platform on Kubernetes under load, by the command that people and pipelines use. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesPlatform } from './kubernetes-platform.ts';
import type { Plan } from './disturb.ts';

/** A build that never becomes ready need not be waited for as long as one that may. */
const IMPATIENT = ['--deadline', '60'];
const GONE_MS = 180_000;

/** Each other tag in turn: nobody rolls out what serves already. */
export function inTurn(tags: string[]): () => string {
  let at = 0;
  return () => String(tags[(at += 1) % tags.length]);
}

export function rollings(platform: KubernetesPlatform, nextTag: () => string, times: number): Plan {
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

/** Must be undone, and the pods that serve must be those that served. */
export function neverReady(platform: KubernetesPlatform, tag: string, times: number): Plan {
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

/** A node is emptied of services, within the disruption budgets, and comes back. */
export function drains(platform: KubernetesPlatform, times: number): Plan {
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

/** As `kubectl drain` does: asks for each eviction until the budget allows it. */
async function evict({ kubectl }: KubernetesPlatform, pods: string[]) {
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

async function readyGateways({ kubectl }: KubernetesPlatform) {
  const pods = await kubectl.list('pods', 'app.kubernetes.io/name=gateway');
  return pods
    .filter(({ metadata, status }) => !metadata.deletionTimestamp && status.containerStatuses?.[0]?.ready)
    .map(({ metadata }) => metadata.name);
}
