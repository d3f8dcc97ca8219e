/** What goes wrong in a cluster, done on purpose: the old pods serve on, or what was killed comes back with all it had. */
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal, during, progress } from '@mainstay/platform/terminal';
import { playStory } from '../../../k8s/components/argo-blue-green/story.mjs';
import { untilReady } from './cluster.ts';
import { underLoad } from './load.ts';
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import type { Entrance } from './load.ts';
import type { Outcomes } from '../zero-loss/outcomes.ts';

const WAITING_MS = 5 * 60_000;
const POLL_MS = 1_000;
/** Until a killed pod's last connection is gone, and nobody is sent to it any more. */
const DEATH_MS = 5_000;
const CROWD = { clients: 4, thinkMs: 400 };

export async function proveBreakages(kubectl: Kubectl, entrance: Entrance) {
  await underLoad(entrance, 'a wrong tag', CROWD, () => wrongTag(kubectl));
  await underLoad(entrance, 'a missing secret', CROWD, () => missingSecret(kubectl));
  await underLoad(entrance, 'a killed gateway', CROWD, (outcomes) => killedGateway(kubectl, outcomes));
  await lostStores(kubectl, entrance);
}

/** A tag that nobody has built never becomes a pod: the old ones go on. */
async function wrongTag(kubectl: Kubectl) {
  await during('accounts gets a tag that does not exist', async () => {
    await kubectl.call(['set', 'image', 'deployment/accounts', 'accounts=mainstay/accounts:nobody-has-built-this']);
    await untilImageMissed(kubectl, 'accounts');
    await kubectl.call(['rollout', 'undo', 'deployment/accounts']);
    await untilReady(kubectl);
  });
}

/** A pod whose Secret is not there waits for it, and starts when it comes. */
async function missingSecret(kubectl: Kubectl) {
  await during('activity is restarted without its Secret', async () => {
    const secret = await kubectl.find('secret', 'activity-secrets');
    if (!secret) throw new Refusal('There is no Secret activity-secrets.');
    const { apiVersion, kind, data, metadata } = secret;
    try {
      await kubectl.call(['delete', 'secret', 'activity-secrets']);
      await kubectl.call(['rollout', 'restart', 'deployment/activity']);
      await untilMissed(kubectl, 'activity');
    } finally {
      await kubectl.call(['create', '--filename=-'], {
        input: JSON.stringify({
          apiVersion,
          kind,
          data,
          metadata: { name: metadata.name, labels: metadata.labels ?? {} },
        }),
      });
    }
    await untilReady(kubectl);
  });
}

/** Without a drain: what it had in hand and must not be repeated may be lost, nothing else. */
async function killedGateway(kubectl: Kubectl, outcomes: Outcomes) {
  await during('A gateway is killed', async () => {
    const [pod] = await kubectl.list('pods', 'app.kubernetes.io/name=gateway');
    const beganAt = performance.now();
    await kubectl.call(['delete', 'pod', pod?.metadata.name ?? '', '--grace-period=0', '--force']);
    await delay(DEATH_MS);
    const endedAt = performance.now();
    outcomes.disturbances.push({
      name: 'kill',
      detail: 'gateway',
      beganAt,
      endedAt,
      death: { from: beganAt, until: endedAt },
    });
    await untilReady(kubectl);
  });
}

/** Nothing acknowledged is lost with a store's pod: its claim stays. */
async function lostStores(kubectl: Kubectl, { url }: Entrance) {
  await during('The pods of all stores are deleted', async () => {
    await kubectl.call(['delete', 'pod', 'postgres-0', 'redis-0', 'mongo-0', '--wait'], { timeoutMs: 180_000 });
    await untilReady(kubectl);
    await untilStory(url);
  });
  progress('With the stores back, the story passes again');
}

/** Services notice that a store is back by themselves, some seconds later. */
async function untilStory(url: string) {
  const giveUpAt = performance.now() + WAITING_MS;
  for (;;) {
    try {
      return await playStory(url);
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await delay(POLL_MS);
    }
  }
}

/** A new pod's image cannot be had. */
function untilImageMissed(kubectl: Kubectl, name: string) {
  return until(`pod of ${name} that waits for its image`, async () => {
    const pods = await waitingPods(kubectl, name, /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull)$/);
    return pods.length > 0;
  });
}

/** A new pod has been told that its Secret is not there. */
function untilMissed(kubectl: Kubectl, name: string) {
  return until(`pod of ${name} that waits for its Secret`, async () => {
    const pods = await waitingPods(kubectl, name, /^ContainerCreating$/);
    const events = await kubectl.list('events');
    return events.some(
      ({ reason, message, involvedObject }) =>
        reason === 'FailedMount' && message.includes(`${name}-secrets`) && pods.includes(involvedObject.name),
    );
  });
}

async function waitingPods(kubectl: Kubectl, name: string, reason: RegExp): Promise<string[]> {
  const pods = await kubectl.list('pods', `app.kubernetes.io/name=${name}`);
  return pods
    .filter(({ status }) => reason.test(status.containerStatuses?.[0]?.state?.waiting?.reason ?? ''))
    .map(({ metadata }) => metadata.name);
}

async function until(what: string, holds: () => Promise<boolean>) {
  const giveUpAt = performance.now() + WAITING_MS;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Refusal(`There is no ${what}.`);
    await delay(POLL_MS);
  }
}
