/** Starts the platform in a cluster with `kubectl apply`, and waits until everything is ready. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRolledOut } from '@mainstay/platform/release/kubernetes/deployments';
import type { Kubectl, KubeObject } from '@mainstay/platform/release/kubernetes/kubectl';
import { Refusal, during, progress } from '@mainstay/platform/terminal';
import { withoutLimits } from '../limits.ts';
import { until } from '@mainstay/platform/until';
import { makeOverlay } from './overlay.ts';

export const namespace = 'mainstay';

const READY_MS = 15 * 60_000;
const GONE_MS = 5 * 60_000;
const APPLIED_MS = 5 * 60_000;

/**
 * Applies the overlay `local` twice. The second `apply` must not replace a pod.
 * @param options fresh: first delete an existing namespace and its data
 * @throws Refusal if the namespace exists and `fresh` is false, or if the second `apply` replaces a pod
 */
export async function applyFromNothing(
  kubectl: Kubectl,
  { fresh, mongoUrl }: { fresh: boolean; mongoUrl: string | undefined },
): Promise<void> {
  if (await kubectl.find('namespace', namespace)) {
    if (!fresh)
      throw new Refusal(
        `The namespace ${namespace} exists. Use --fresh to delete it with its data, or --keep to prove the platform in it.`,
      );
    await during('Deleting the former namespace', () =>
      kubectl.call(['delete', 'namespace', namespace, '--wait'], { timeoutMs: GONE_MS }),
    );
  }
  const place = await mkdtemp(join(tmpdir(), 'mainstay-kubernetes-'));
  try {
    // The overload guard is not tested here, so its limit is high.
    const environment = { ...withoutLimits, OVERLOAD_CONCURRENCY_MIN: '512' };
    const overlay = await makeOverlay(place, { namespace, environment, mongoUrl });
    const apply = async () => {
      await kubectl.call(['apply', `--kustomize=${overlay}`], { isSafe: true, timeoutMs: APPLIED_MS });
      await during('Applied k8s/overlays/local; waiting until everything is ready', () => untilReady(kubectl));
    };
    await apply();
    const before = await podsOf(kubectl);
    await apply();
    const replaced = [...(await podsOf(kubectl)).keys()].filter((name) => !before.has(name));
    if (replaced.length > 0) throw new Refusal(`The second apply replaced pods; new are ${replaced.join(', ')}.`);
    progress('The second apply replaced no pod');
  } finally {
    await rm(place, { recursive: true });
  }
}

/** @throws Error after 15 minutes. The message names everything that is not ready, and contains the container states */
export async function untilReady(kubectl: Kubectl): Promise<void> {
  let missing: string[] = [];
  let trouble: string[] = [];
  const isReady = async () => {
    missing = await missingOf(kubectl);
    trouble = (await kubectl.list('pods')).flatMap(troubleOf);
    return missing.length === 0;
  };
  const sentence = () => `not ready: ${missing.join(', ')}.\n  ${trouble.join('\n  ')}`;
  await until(sentence, isReady, { timeoutMs: READY_MS, everyMs: 1_000 });
}

async function missingOf(kubectl: Kubectl): Promise<string[]> {
  const scalers = new Map((await kubectl.list('hpa')).map(({ metadata, spec }) => [metadata.name, spec.minReplicas]));
  const jobs = (await kubectl.list('jobs')).filter(({ status }) => !status?.succeeded);
  const workloads = (await kubectl.list('deployments,statefulsets')).filter((workload) => {
    const { metadata, spec } = workload;
    return !isRolledOut(workload) || spec.replicas < (scalers.get(metadata.name) ?? 1);
  });
  return [...jobs, ...workloads].map(({ metadata }) => metadata.name);
}

/** Returns all pods of services and stores, except terminating pods. The keys are the names of the pods. */
export async function podsOf(kubectl: Kubectl): Promise<Map<string, KubeObject>> {
  const pods = await kubectl.list('pods', 'app.kubernetes.io/component in (service, store)');
  return new Map(pods.filter(({ metadata }) => !metadata.deletionTimestamp).map((pod) => [pod.metadata.name, pod]));
}

function troubleOf({ metadata, status }: KubeObject): string[] {
  const unready = (status.containerStatuses ?? []).filter(({ ready }: { ready: boolean }) => !ready);
  return unready.map(
    ({ state }: any) => `${metadata.name}: ${state?.waiting?.reason ?? state?.terminated?.reason ?? 'not ready'}`,
  );
}
