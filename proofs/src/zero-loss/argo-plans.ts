/**
 * Releases by Argo Rollouts. At first, a few pods run the new build: the canary. An analysis compares the canary with
 * the stable pods. Then Argo promotes a sound build, and aborts a bad build.
 */
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';
import { root } from '@mainstay/platform/root';
import { until } from '@mainstay/platform/until';
import type { Plan } from './disturb.ts';
import type { KubernetesPlatform } from './kubernetes-platform.ts';

/** The first step replaces 25 % of the pods, which is one pod of four. */
const GATEWAYS = 4;
const POLL_MS = 2_000;
/** After a blue-green switch, Argo keeps the former pods for 20 s. The default is ten minutes. */
const WARM_S = 20;
/** Pause before a release, so that the 60 s of the analysis are under load. */
const FIGURES_MS = 75_000;
/** A quarter of these requests reaches the canary: 150 in 60 s. The analysis needs at least 20. */
const CONNECT_EVERY_MS = 100;

/** Adds the component `argo-canary` with a shorter analysis. */
export function canary() {
  const replace = (path: string, value: string) => ({ op: 'replace', path, value });
  const patch = [
    replace('/spec/args/1/value', '60s'), // window of the analysis
    replace('/spec/args/2/value', '20'), // minimum number of requests in the window
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
 * Argo must promote the build `sound`, and must abort all other builds.
 * @param names `sound`, or tags of bad builds
 */
export function argoCanaries(platform: KubernetesPlatform, nextTag: () => string, names: string[]): Plan[] {
  return names.map((name) => ({
    name: `canary by Argo: ${name}`,
    times: 1,
    async make() {
      await platform.enterArgo();
      // The customers keep their connections to the stable pods, so the canary needs new connections.
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
  // Argo also aborts without figures. A figure such as `errors: [0.28` excludes this cause.
  if (code !== 1 || !new RegExp(`^${tag}: \\[[\\d.]+`, 'm').test(output) || !output.includes('is not in service'))
    throw new Error(`a canary with ${tag} ended with ${code}:\n${output}`);
  // The output after this text also counts the steps of stable pods, so ignore it.
  const [released = ''] = output.split('The release failed');
  const steps = Math.max(...[...released.matchAll(/(\d) of \d steps/g)].map(([, done]) => Number(done)));
  return { detail: `aborted at step ${steps}`, badShare: steps < 2 ? 0.25 : 0.5 }; // the third step replaces 50 %
}

function connectOften(url: string): () => void {
  const timer = setInterval(() => {
    const request = get(url, { agent: false }, (response) => response.resume());
    request.on('error', () => undefined);
  }, CONNECT_EVERY_MS);
  return () => clearInterval(timer);
}

/** Adds the component `argo-blue-green` with a shorter wait. */
export function blueGreen() {
  const patch = [{ op: 'replace', path: '/spec/strategy/blueGreen/scaleDownDelaySeconds', value: WARM_S }];
  return {
    components: [join(root, 'k8s/components/argo-blue-green')],
    patches: [{ target: { kind: 'Rollout' }, patch: JSON.stringify(patch) }],
  };
}

/** A Job tests the new pods of gateway and web. Then Argo switches all requests to these pods. */
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
