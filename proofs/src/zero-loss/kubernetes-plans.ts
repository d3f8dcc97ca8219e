/** Plans the disturbances of a platform on Kubernetes: releases with the release command, and drains of nodes. */
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import { drainNode, nodesOf } from '../kubernetes/drain.ts';
import type { Plan } from './disturb.ts';
import type { KubernetesPlatform } from './kubernetes-platform.ts';

/** Returns a function that returns the next tag at each call, so that every release changes the images. */
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

/** The build never becomes ready, so its release must fail. All gateway pods that were ready before must stay ready. */
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

/** Plans drains of a random node within the disruption budgets. After the drain, the node accepts pods again. */
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
