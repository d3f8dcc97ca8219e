/** Proves that no request is lost while the autoscaler adds and removes gateway pods. */
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import { Refusal, during, progress } from '@mainstay/platform/terminal';
import { until } from '@mainstay/platform/until';
import { underLoad, type Entrance } from './under-load.ts';

/** Milliseconds within which the autoscaler must add a pod. */
const GROWN_MS = 6 * 60_000;
/** Milliseconds within which the autoscaler must remove all additional pods. */
const SHRUNK_MS = 10 * 60_000;
/** The manifest requires 70 % CPU load. Clients on a busy machine cannot cause 70 %, so the proof lowers the limit. */
const BUSY_PERCENT = 20;
const IMPATIENT = { stabilizationWindowSeconds: 30, policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] };

export async function proveAutoscaling(kubectl: Kubectl, entrance: Entrance): Promise<void> {
  const before = await kubectl.find('hpa', 'gateway');
  if (!before) throw new Refusal('There is no autoscaler of the gateway.');
  const { minReplicas, behavior, metrics } = before.spec;
  const change = (scaleDown: object, sensitivity: object[]) => {
    const patch = JSON.stringify({ spec: { metrics: sensitivity, behavior: { scaleDown } } });
    return kubectl.call(['patch', 'hpa', 'gateway', '--type=merge', `--patch=${patch}`], { isSafe: true });
  };
  const target = { type: 'Utilization', averageUtilization: BUSY_PERCENT };
  await change(IMPATIENT, [{ type: 'Resource', resource: { name: 'cpu', target } }]);
  try {
    await underLoad(entrance, 'gentle load', { clients: 2, thinkMs: 1_000 }, async () => {
      await underLoad(entrance, 'heavy load', { clients: 16, thinkMs: 60 }, () =>
        during('Load until there are more gateways', () =>
          untilReplicas(kubectl, (count) => count > minReplicas, GROWN_MS),
        ),
      );
      await during('Little load until the additional gateways are gone', () =>
        untilReplicas(kubectl, (count) => count === minReplicas, SHRUNK_MS),
      );
    });
  } finally {
    await change(behavior.scaleDown, metrics);
  }
}

async function untilReplicas(kubectl: Kubectl, holds: (count: number) => boolean, timeoutMs: number): Promise<void> {
  let state = '';
  const isReached = async () => {
    const scaler = await kubectl.find('hpa', 'gateway');
    const pods = await kubectl.list('pods', 'app.kubernetes.io/name=gateway');
    const ready = pods.filter(({ status }) => status.containerStatuses?.[0]?.ready).length;
    const used = scaler?.status?.currentMetrics?.[0]?.resource?.current?.averageUtilization ?? '?';
    const now = `${ready} gateways ready, ${pods.length} exist; they use ${used} % of what they request`;
    if (now !== state) progress((state = now));
    return ready === pods.length && holds(ready);
  };
  await until(() => state, isReached, { timeoutMs, everyMs: 2_000 });
}
