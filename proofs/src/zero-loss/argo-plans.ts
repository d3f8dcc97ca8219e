/**
 * Releases by Argo Rollouts under load. A sound canary must be promoted, and a bad canary must be aborted.
 * In a blue-green release, Argo switches after a Job has tested the new pods.
 */
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';
import { root } from '@mainstay/platform/root';
import { until } from '@mainstay/platform/until';
import type { Plan } from './disturb.ts';
import type { KubernetesPlatform } from './kubernetes-platform.ts';

/** With four pods, one pod is exactly the 25 % of the first step. */
const GATEWAYS = 4;
const POLL_MS = 2_000;
/** How long the former pods run after a blue-green switch, instead of ten minutes. */
const WARM_S = 20;
/** Longer than the window of the analysis, so that the window contains enough requests. */
const FIGURES_MS = 75_000;
/** At this rate, a quarter of the new connections gives the canary enough requests for the analysis. */
const CONNECT_EVERY_MS = 100;

/** Returns the component `argo-canary` with a shorter analysis. */
export function canary() {
  const replace = (path: string, value: string) => ({ op: 'replace', path, value });
  const patch = [
    replace('/spec/args/1/value', '60s'),
    replace('/spec/args/2/value', '20'),
    ...[0, 1].map((at) => replace(`/spec/metrics/${at}/initialDelay`, '45s')),
    ...[0, 1].map((at) => replace(`/spec/metrics/${at}/interval`, '10s')),
  ];
  const target = { kind: 'AnalysisTemplate', name: 'canary-against-stable' };
  return {
    gateways: GATEWAYS,
    components: [join(root, 'k8s/components/argo-canary')],
    patches: [{ target, patch: JSON.stringify(patch) }],
  };
}

/**
 * Lets Argo own the pods. Then `sound` must be promoted, and any other tag must be aborted.
 * @param which sound, or the tag of a bad build
 */
export function argoCanaries(platform: KubernetesPlatform, nextTag: () => string, which: string[]): Plan[] {
  return which.map((name) => ({
    name: `canary by Argo: ${name}`,
    times: 1,
    async make() {
      await platform.enterArgo();
      // The clients keep their connections to the stable pods, so open new connections for the canary.
      const stop = connectOften(`${platform.url}/v1/accounts`);
      try {
        await delay(FIGURES_MS);
        return await judgeCanary(platform, name === 'sound' ? nextTag() : name, name === 'sound');
      } finally {
        stop();
      }
    },
  }));
}

async function judgeCanary(platform: KubernetesPlatform, tag: string, isSound: boolean) {
  if (isSound) {
    await platform.mustRelease(tag);
    return { detail: 'promoted' };
  }
  const { code, output } = await platform.release('--tag', tag, '--url', platform.url);
  // A measured value in the output proves that missing values did not cause the abort.
  if (code !== 1 || !new RegExp(`^${tag}: \\[[\\d.]+`, 'm').test(output) || !output.includes('is not in service'))
    throw new Error(`a canary with ${tag} ended with ${code}:\n${output}`);
  // Steps 1 and 2 run at 25 %, step 3 at 50 %. After the failure, stable pods report all steps, so ignore that output.
  const [released = ''] = output.split('The release failed');
  const steps = Math.max(...[...released.matchAll(/(\d) of \d steps/g)].map(([, done]) => Number(done)));
  return { detail: `aborted at step ${steps}`, badShare: steps < 2 ? 0.25 : 0.5 };
}

/** @returns a function that stops the requests */
function connectOften(url: string): () => void {
  const timer = setInterval(() => {
    const request = get(url, { agent: false }, (response) => response.resume());
    request.on('error', () => undefined);
  }, CONNECT_EVERY_MS);
  return () => clearInterval(timer);
}

/** Returns the component `argo-blue-green`, which removes the former pods after 20 s. */
export function blueGreen() {
  const patch = [{ op: 'replace', path: '/spec/strategy/blueGreen/scaleDownDelaySeconds', value: WARM_S }];
  return {
    components: [join(root, 'k8s/components/argo-blue-green')],
    patches: [{ target: { kind: 'Rollout' }, patch: JSON.stringify(patch) }],
  };
}

/** Gateway and web switch to the next tag, accounts and activity do a rolling update, and the former pods drain. */
export function argoBlueGreens(platform: KubernetesPlatform, nextTag: () => string, times: number): Plan {
  return {
    name: 'blue-green by Argo',
    times,
    async make() {
      await platform.enterArgo();
      const tag = nextTag();
      await platform.mustRelease(tag);
      const isNew = ({ spec }: KubeObject) => String(spec.containers[0].image).endsWith(`:${tag}`);
      const services = () => platform.kubectl.list('pods', 'app.kubernetes.io/component=service');
      await until('the former pods are gone', async () => (await services()).every(isNew), { everyMs: POLL_MS });
      return { detail: tag };
    },
  };
}

/** Hands the pods to Argo, and then back to the Deployments. */
export function argoLeavings(platform: KubernetesPlatform, times: number): Plan {
  return {
    name: 'Argo left',
    times,
    async make() {
      await platform.enterArgo();
      await platform.leaveArgo();
      return { detail: 'rolling again' };
    },
  };
}
