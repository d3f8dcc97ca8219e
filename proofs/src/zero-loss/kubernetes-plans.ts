/** Disturbances of the platform on Kubernetes under load, by the release command that operators and pipelines use. */
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import { drainNode, nodesOf } from '../kubernetes/drain.ts';
import type { Plan } from './disturb.ts';
import type { KubernetesPlatform } from './kubernetes-platform.ts';

/** Returns the tags in turn, so that a release always changes something. */
export function inTurn(tags: string[]): () => string {
  let at = 0;
  return () => tags[(at += 1) % tags.length]!;
}

export function rollings(platform: KubernetesPlatform, nextTag: () => string, times: number): Plan {
  return {
    name: 'rolling update of everything',
    times,
    async make() {
      const tag = nextTag();
      await platform.mustRelease(tag);
      return { detail: tag };
    },
  };
}

/** The release must fail, and the running gateway pods must stay ready. */
export function neverReady({ release, url, kubectl }: KubernetesPlatform, tag: string, times: number): Plan {
  return {
    name: 'rolling update to a build that never becomes ready',
    times,
    async make() {
      const before = await readyGateways(kubectl);
      const { code, output } = await release('--tag', tag, '--url', url, '--deadline', '60');
      if (code !== 1 || !output.includes('is not in service'))
        throw new Error(`a build that never becomes ready ended with ${code}:\n${output}`);
      const after = await readyGateways(kubectl);
      if (!before.every((name) => after.includes(name)))
        throw new Error(`pods before: ${before.join(' ')}; pods after: ${after.join(' ')}`);
    },
  };
}

/** A node is drained within the disruption budgets, then takes pods again. */
export function drains(kubectl: Kubectl, times: number): Plan {
  return {
    name: 'node drained',
    times,
    async make(random) {
      const node = random.pick(await nodesOf(kubectl));
      await drainNode(kubectl, node);
      return { detail: node };
    },
  };
}

async function readyGateways(kubectl: Kubectl): Promise<string[]> {
  const pods = await kubectl.list('pods', 'app.kubernetes.io/name=gateway');
  return pods
    .filter(({ metadata, status }) => !metadata.deletionTimestamp && status.containerStatuses?.[0]?.ready)
    .map(({ metadata }) => metadata.name);
}
