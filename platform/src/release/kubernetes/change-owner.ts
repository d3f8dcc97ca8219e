/** Makes Argo Rollouts or the Deployments the owner of the platform's pods. New pods start before old pods stop. */
import { Refusal, during, progress } from '../../terminal.ts';
import { KIND, refuseUnfinished, rolloutsIn, rolloutsOf, sentenceOf } from './argo.ts';
import { untilRolledOut } from './deployments.ts';
import { listOf, namesOf, type Kubectl, type KubeObject } from './kubectl.ts';

const HASH = 'rollouts-pod-template-hash';
const MANAGED_BY = 'argo-rollouts.argoproj.io/managed-by-rollouts';
const AUTOSCALER = 'HorizontalPodAutoscaler';

/**
 * Makes Argo the owner of the pods. The images and the number of the pods do not change. If Argo does not start all
 * pods, the function deletes the new Rollouts, and the Deployments continue to serve.
 * @throws Refusal when the overlay or the cluster does not allow the change, or when Argo does not start all pods
 */
export async function enterArgo(kubectl: Kubectl, objects: KubeObject[], deadlineS: number): Promise<void> {
  const rollouts = rolloutsOf(objects);
  const names = namesOf(rollouts);
  if (names.length === 0)
    throw new Refusal('The overlay has no Rollouts. Add the component argo-canary, istio-canary or argo-blue-green.');
  if ((await rolloutsIn(kubectl)).length > 0) throw new Refusal('Argo Rollouts owns the pods already.');
  const deployments = await kubectl.list('deployments');
  const replicasOf = ({ spec }: KubeObject) => (spec as { replicas: number }).replicas;
  const counts = new Map(deployments.map((one) => [one.metadata.name, replicasOf(one)]));
  const missing = names.filter((name) => (counts.get(name) ?? 0) === 0);
  if (missing.length > 0)
    throw new Refusal(`Release the platform first, without the component of Argo: ${missing.join(', ')} has no pods.`);
  const later = ['Namespace', 'Deployment', 'Job', 'Rollout', AUTOSCALER];
  await kubectl.apply(objects.filter(({ kind }) => !later.includes(kind)));
  try {
    // Later releases apply the Rollouts without `replicas`. If the Rollouts were made by `apply`, kubectl would then
    // reset the number of replicas that the autoscaler has set. kubectl keeps the number in Rollouts made by `create`.
    const items = rollouts.map((one) => ({ ...one, spec: { replicas: counts.get(one.metadata.name), ...one.spec } }));
    await kubectl.call(['create', '--filename=-'], { input: listOf(items) });
    await during(`Argo starts the pods of ${names.join(', ')}`, () => untilGrown(kubectl, names, deadlineS));
  } catch (error) {
    await kubectl.remove(KIND, names);
    throw new Refusal(
      `${(error as Error).message}\n\nThe Deployments serve as before. The new Rollouts and their pods are being removed. Analysis templates and preview Services stay, and have no effect.`,
    );
  }
  await kubectl.apply(objects.filter(({ kind }) => kind === AUTOSCALER));
  await kubectl.call(['scale', 'deployment', ...names, '--replicas=0'], { isSafe: true });
  progress(`Argo owns the pods of ${names.join(', ')}. Release as before: npm run release -- kubernetes`);
}

/** Waits until each Rollout is healthy. A healthy Rollout has only available pods. */
async function untilGrown(kubectl: Kubectl, names: string[], deadlineS: number): Promise<void> {
  const rollouts = names.map((name) => `${KIND}/${name}`);
  const wait = ['wait', ...rollouts, '--for=jsonpath={.status.phase}=Healthy', `--timeout=${deadlineS}s`];
  const limits = { timeoutMs: (deadlineS + 60) * 1_000, isSafe: true };
  await kubectl.call(wait, limits).catch(async ({ message }: Error) => {
    throw new Refusal([message, ...(await rolloutsIn(kubectl)).map(sentenceOf)].join('\n'));
  });
}

/**
 * Makes the Deployments the owner of the pods again.
 * @throws Refusal when the change is not allowed or a pod does not start. Argo's pods then continue to serve.
 */
export async function leaveArgo(kubectl: Kubectl, objects: KubeObject[], deadlineS: number): Promise<void> {
  if (rolloutsOf(objects).length > 0) throw new Refusal('Remove the component of Argo from the overlay first.');
  const rollouts = await rolloutsIn(kubectl);
  const names = namesOf(rollouts);
  if (names.length === 0) throw new Refusal('Argo Rollouts owns no pods of this platform.');
  refuseUnfinished(rollouts);
  for (const { metadata, spec } of rollouts)
    await kubectl.call(['scale', 'deployment', metadata.name, `--replicas=${spec.replicas ?? 1}`], { isSafe: true });
  await during(`The Deployments start the pods of ${names.join(', ')}`, () =>
    untilRolledOut(kubectl, names, deadlineS),
  );
  await kubectl.apply(objects.filter(({ kind }) => kind === AUTOSCALER));
  // `orphan` keeps Argo's pods, because the Services still send requests to these pods.
  await kubectl.call(['delete', KIND, ...names, '--cascade=orphan'], { isSafe: true });
  for (const { spec } of rollouts) {
    const { activeService, previewService } = spec.strategy.blueGreen ?? {};
    if (!activeService || !previewService) continue;
    const patch = { metadata: { annotations: { [MANAGED_BY]: null } }, spec: { selector: { [HASH]: null } } };
    const merge = ['--type=merge', `--patch=${JSON.stringify(patch)}`];
    await kubectl.call(['patch', 'service', activeService, ...merge], { isSafe: true });
    await kubectl.remove('service', [previewService]);
  }
  await kubectl.call(['delete', 'replicasets', `--selector=${HASH}`, '--wait=false'], { isSafe: true });
  progress(`The Deployments own the pods of ${names.join(', ')}, and Argo's pods drain.`);
}
