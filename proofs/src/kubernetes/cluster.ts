/** The platform in a cluster: from nothing, by one `apply`, until everything is ready. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '@mainstay/platform/root';
import { Refusal, during, progress } from '@mainstay/platform/terminal';
import { openKubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import type { Kubectl, KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';

export const namespace = 'mainstay';

const READY_MS = 15 * 60_000;
const GONE_MS = 5 * 60_000;
const APPLIED_MS = 5 * 60_000;
const POLL_MS = 1_000;
/** All clients come from one address, and from few users; what is refused because there is too much to do is not looked for here. */
const LIMITS = ['RATE_LIMIT_ANONYMOUS_MAX=10000000', 'RATE_LIMIT_SESSION_MAX=10000000', 'OVERLOAD_CONCURRENCY_MIN=512'];

/** @param context of kubectl */
export const openCluster = (context: string | undefined) => openKubectl({ namespace, context });

/**
 * Applies the overlay `local` where the namespace is not there yet, with room for the load of one machine, and twice: the second time must change nothing that runs.
 * @param options fresh: a namespace that is there goes first, with its data
 */
export async function applyFromNothing(
  kubectl: Kubectl,
  { fresh, mongoUrl }: { fresh: boolean; mongoUrl: string | undefined },
) {
  if (await kubectl.find('namespace', namespace)) {
    if (!fresh)
      throw new Refusal(
        `The namespace ${namespace} is there. --fresh deletes it with its data, --keep proves what runs in it.`,
      );
    await during('Deleting what was there', () =>
      kubectl.call(['delete', 'namespace', namespace, '--wait'], { timeoutMs: GONE_MS }),
    );
  }
  await withOverlay(mongoUrl, async (overlay) => {
    const apply = () => kubectl.call(['apply', `--kustomize=${overlay}`], { isSafe: true, timeoutMs: APPLIED_MS });
    const beganAt = performance.now();
    await apply();
    await during('Applied k8s/overlays/local; waiting until everything is ready', () => untilReady(kubectl));
    progress(`Everything is ready after ${((performance.now() - beganAt) / 1_000).toFixed(0)} s`);
    const before = await podsOf(kubectl);
    await apply();
    await untilReady(kubectl);
    const after = await podsOf(kubectl);
    const fresher = [...after.keys()].filter((name) => !before.has(name));
    if (fresher.length > 0) throw new Refusal(`Applied again, there are new pods: ${fresher.join(', ')}.`);
    progress('Applied again, it replaces no pod');
  });
}

/** The overlay `local` with what this run needs on top of it. */
async function withOverlay(mongoUrl: string | undefined, work: (overlay: string) => Promise<void>) {
  const place = await mkdtemp(join(realpathSync(tmpdir()), 'mainstay-kubernetes-'));
  const merge = (name: string, literals: string[]) => ({
    name,
    namespace,
    behavior: 'merge',
    literals,
  });
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(place, join(realpathSync(root), 'k8s/overlays/local'))],
    configMapGenerator: [
      merge('gateway-settings', LIMITS),
      ...(mongoUrl === undefined ? [] : [merge('activity-settings', [`ACTIVITY_MONGO_URL=${mongoUrl}`])]),
    ],
  };
  try {
    await writeFile(join(place, 'kustomization.yaml'), JSON.stringify(kustomization));
    await work(place);
  } finally {
    await rm(place, { recursive: true });
  }
}

/**
 * Every Job has ended well, every store answers, and every service has its pods, all of the newest template and no other.
 * @throws Refusal that says what is missing, and what the pods say
 */
export async function untilReady(kubectl: Kubectl) {
  const giveUpAt = performance.now() + READY_MS;
  for (;;) {
    const missing = await missingOf(kubectl);
    if (missing.length === 0) return;
    if (performance.now() > giveUpAt) {
      throw new Refusal(
        `Not ready after ${READY_MS / 60_000} minutes: ${missing.join(', ')}.\n${await troubleOf(kubectl)}`,
      );
    }
    await delay(POLL_MS);
  }
}

async function missingOf(kubectl: Kubectl): Promise<string[]> {
  const jobs = (await kubectl.list('jobs')).filter(({ status }) => !status?.succeeded);
  const stores = (await kubectl.list('statefulsets')).filter(
    ({ spec, status }) => status?.readyReplicas !== spec.replicas,
  );
  const scalers = new Map((await kubectl.list('hpa')).map(({ metadata, spec }) => [metadata.name, spec.minReplicas]));
  const deployments = (await kubectl.list('deployments')).filter(
    (deployment) => !isRolledOut(deployment, scalers.get(deployment.metadata.name) ?? 1),
  );
  return [...jobs, ...stores, ...deployments].map(({ metadata }) => metadata.name);
}

function isRolledOut({ metadata, spec, status = {} }: KubeObject, least: number) {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  const wanted = Math.max(spec.replicas, least);
  return (
    observedGeneration >= metadata.generation &&
    [replicas, updatedReplicas, availableReplicas].every((count) => count === wanted)
  );
}

/** Pods of services and stores that are not about to end, by name. */
export async function podsOf(kubectl: Kubectl) {
  const pods = await kubectl.list('pods', 'app.kubernetes.io/component in (service, store)');
  return new Map(pods.filter(({ metadata }) => !metadata.deletionTimestamp).map((pod) => [pod.metadata.name, pod]));
}

async function troubleOf(kubectl: Kubectl) {
  const pods = await kubectl.list('pods');
  const lines = pods.flatMap(({ metadata, status }) =>
    (status.containerStatuses ?? [])
      .filter(({ ready }: any) => !ready)
      .map(
        ({ state }: any) => `  ${metadata.name}: ${state.waiting?.reason ?? state.terminated?.reason ?? 'not ready'}`,
      ),
  );
  return lines.join('\n');
}
