/**
 * Causes faults in a cluster. After a fault in a service, the remaining pods must continue to serve requests. After the
 * deletion of a store's pod, the new pod must have all data.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import { Refusal, during, progress } from '@mainstay/platform/terminal';
import { playStory } from '../../../k8s/components/argo-blue-green/story.mjs';
import { until } from '@mainstay/platform/until';
import type { Outcomes } from '../zero-loss/outcomes.ts';
import { untilReady } from './cluster.ts';
import { underLoad, type Entrance } from './under-load.ts';

const PATIENCE = { timeoutMs: 5 * 60_000, everyMs: 1_000 };
/** Milliseconds until a killed pod has no connections and gets no new connections. */
const DEATH_MS = 5_000;

export async function proveBreakages(kubectl: Kubectl, entrance: Entrance): Promise<void> {
  const breakages = {
    'accounts gets a tag that does not exist': wrongTag,
    'activity is restarted without its Secret': missingSecret,
    'a gateway is killed': killedGateway,
  };
  for (const [what, make] of Object.entries(breakages)) {
    await underLoad(entrance, what, { clients: 4, thinkMs: 400 }, (outcomes) =>
      during(what, () => make(kubectl, outcomes)),
    );
  }
  await during('The pods of all stores are deleted', () => lostStores(kubectl, entrance.url));
  progress('After the stores respond again, the story passes');
}

/** A pod whose image tag does not exist never becomes ready. The old pods continue to serve requests. */
async function wrongTag(kubectl: Kubectl): Promise<void> {
  await kubectl.call(['set', 'image', 'deployment/accounts', 'accounts=mainstay/accounts:nobody-has-built-this']);
  const reason = /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull)$/;
  const isWaiting = async () => (await waitingPods(kubectl, 'accounts', reason)).length > 0;
  await until('a pod of accounts waits for its image', isWaiting, PATIENCE);
  await kubectl.call(['rollout', 'undo', 'deployment/accounts']);
  await untilReady(kubectl);
}

/** A pod without its Secret waits, and starts when the Secret exists. */
async function missingSecret(kubectl: Kubectl): Promise<void> {
  const secret = await kubectl.find('secret', 'activity-secrets');
  if (!secret) throw new Refusal('There is no Secret activity-secrets.');
  const { apiVersion, kind, data, metadata } = secret;
  const plain = { apiVersion, kind, data, metadata: { name: metadata.name, labels: metadata.labels ?? {} } };
  try {
    await kubectl.call(['delete', 'secret', 'activity-secrets']);
    await kubectl.call(['rollout', 'restart', 'deployment/activity']);
    const isMissed = async () => {
      const pods = await waitingPods(kubectl, 'activity', /^ContainerCreating$/);
      return (await kubectl.list('events')).some(
        ({ reason, message, involvedObject }) =>
          reason === 'FailedMount' && message.includes('activity-secrets') && pods.includes(involvedObject.name),
      );
    };
    await until('a pod of activity waits for its Secret', isMissed, PATIENCE);
  } finally {
    await kubectl.call(['create', '--filename=-'], { input: JSON.stringify(plain) });
  }
  await untilReady(kubectl);
}

/** Only a POST without an idempotency key can be lost, and only if the killed gateway was processing the POST. */
async function killedGateway(kubectl: Kubectl, { disturbances }: Outcomes): Promise<void> {
  const [pod] = await kubectl.list('pods', 'app.kubernetes.io/name=gateway');
  const beganAt = performance.now();
  await kubectl.call(['delete', 'pod', pod?.metadata.name ?? '', '--grace-period=0', '--force']);
  await delay(DEATH_MS);
  const endedAt = performance.now();
  disturbances.push({ name: 'kill', detail: 'gateway', beganAt, endedAt, death: { from: beganAt, until: endedAt } });
  await untilReady(kubectl);
}

/** Deletes the pods of all stores. No acknowledged write may be lost, because the volume claims remain. */
async function lostStores(kubectl: Kubectl, url: string): Promise<void> {
  await kubectl.call(['delete', 'pod', 'postgres-0', 'redis-0', 'mongo-0', '--wait'], { timeoutMs: 180_000 });
  await untilReady(kubectl);
  // Services need some seconds to notice that a store responds again, so retry the story.
  let failure = '';
  const passes = () =>
    playStory(url).then(
      () => true,
      (error: Error) => void (failure = error.message),
    );
  await until(() => failure, passes, PATIENCE);
}

async function waitingPods(kubectl: Kubectl, name: string, reason: RegExp): Promise<string[]> {
  const pods = await kubectl.list('pods', `app.kubernetes.io/name=${name}`);
  return pods
    .filter(({ status }) => reason.test(status.containerStatuses?.[0]?.state?.waiting?.reason ?? ''))
    .map(({ metadata }) => metadata.name);
}
