/**
 * Plans releases by Argo Rollouts. In a canary release, a few pods, called the canary, run the new build first. An
 * analysis compares the canary with the stable pods. Then Argo promotes a sound build, and aborts the release of a bad
 * build.
 */
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';
import { root } from '@mainstay/platform/root';
import { until } from '@mainstay/platform/until';
import type { Plan } from './disturb.ts';
import type { KubernetesPlatform } from './kubernetes-platform.ts';

/** Number of gateway pods. The first step of a canary release replaces 25 % of the pods, so one pod of four. */
const GATEWAYS = 4;
const POLL_MS = 2_000;
/** Seconds for which Argo keeps the former pods after a blue-green switch. The manifest says ten minutes. */
const WARM_S = 20;
/** Milliseconds of load before a release. The analysis evaluates the last 60 s, so the load must begin earlier. */
const FIGURES_MS = 75_000;
/** Makes 600 requests on new connections in 60 s. A quarter, 150, reaches the canary. The analysis needs 20 or more. */
const CONNECT_EVERY_MS = 100;

/** Returns the options for canary releases, with a shorter analysis than the analysis in the manifest. */
export function canary() {
  const replace = (path: string, value: string) => ({ op: 'replace', path, value });
  const patch = [
    replace('/spec/args/1/value', '60s'), // window of the analysis
    replace('/spec/args/2/value', '20'), // minimum number of requests to the canary in 60 s
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

/** @param names `sound` for a build that Argo must promote, or the tag of a bad build whose release Argo must abort */
export function argoCanaries(platform: KubernetesPlatform, nextTag: () => string, names: string[]): Plan[] {
  return names.map((name) => ({
    name: `canary by Argo: ${name}`,
    times: 1,
    async make() {
      await platform.enterArgo();
      // The customers keep their connections to the stable pods. So only new connections reach the canary.
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
  // Argo aborts a release also if the analysis has no data. A number in the output, for example in `errors: [0.28`,
  // proves that the analysis had data.
  if (code !== 1 || !new RegExp(`^${tag}: \\[[\\d.]+`, 'm').test(output) || !output.includes('is not in service'))
    throw new Error(`a canary with ${tag} ended with ${code}:\n${output}`);
  // After the text "The release failed", the release command goes back to the former build. The output after the text
  // also shows steps, but of the former build. So ignore the output after the text.
  const [released = ''] = output.split('The release failed');
  const steps = Math.max(...[...released.matchAll(/(\d) of \d steps/g)].map(([, done]) => Number(done)));
  // Step 1 replaces 25 % of the pods. Step 3 increases the share to 50 %, and begins after two steps are done.
  return { detail: `aborted at step ${steps}`, badShare: steps < 2 ? 0.25 : 0.5 };
}

function connectOften(url: string): () => void {
  const timer = setInterval(() => {
    const request = get(url, { agent: false }, (response) => response.resume());
    request.on('error', () => undefined);
  }, CONNECT_EVERY_MS);
  return () => clearInterval(timer);
}

/** Returns the options for blue-green releases, with a shorter wait before Argo removes the former pods. */
export function blueGreen() {
  const patch = [{ op: 'replace', path: '/spec/strategy/blueGreen/scaleDownDelaySeconds', value: WARM_S }];
  return {
    components: [join(root, 'k8s/components/argo-blue-green')],
    patches: [{ target: { kind: 'Rollout' }, patch: JSON.stringify(patch) }],
  };
}

/** A Job tests the new gateway pods. Then Argo switches the gateway to the new pods. It switches web without a test. */
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

/** Makes Argo the owner of the pods, and then makes the Deployments the owner of the pods again. */
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
