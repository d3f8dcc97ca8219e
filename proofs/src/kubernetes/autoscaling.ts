/** The autoscaler adds gateways under load and takes them away after it, and no request is lost by either. */
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal, during, progress } from '@mainstay/platform/terminal';
import { underLoad } from './load.ts';
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import type { Entrance } from './load.ts';

/** The metrics of a pod are 30 s old, and the autoscaler asks each 15 s. */
const GROWN_MS = 6 * 60_000;
/** After the time that the autoscaler waits before it believes that the load is over, shortened here. */
const SHRUNK_MS = 10 * 60_000;
const POLL_MS = 2_000;
/** Of what a gateway asks for: the clients of one busy machine may not bring it above the 70 % of the manifest, and the threshold is not what is proved. */
const BUSY_PERCENT = 20;
const IMPATIENT = { stabilizationWindowSeconds: 30, policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] };

export async function proveAutoscaling(kubectl: Kubectl, entrance: Entrance) {
  const before = await kubectl.find('hpa', 'gateway');
  if (!before) throw new Refusal('There is no autoscaler of the gateway.');
  const { minReplicas, behavior, metrics } = before.spec;
  const target = { type: 'Utilization', averageUtilization: BUSY_PERCENT };
  const sensitive = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  await kubectl.patch('hpa', 'gateway', { spec: { metrics: sensitive, behavior: { scaleDown: IMPATIENT } } });
  try {
    await underLoad(entrance, 'gentle load', { clients: 2, thinkMs: 1_000 }, async () => {
      await underLoad(entrance, 'heavy load', { clients: 16, thinkMs: 60 }, () =>
        during('Load until there are more gateways', () =>
          untilReplicas(kubectl, (count) => count > minReplicas, GROWN_MS),
        ),
      );
      await during('Little load until they are gone', () =>
        untilReplicas(kubectl, (count) => count === minReplicas, SHRUNK_MS),
      );
    });
  } finally {
    await kubectl.patch('hpa', 'gateway', { spec: { metrics, behavior: { scaleDown: { ...behavior.scaleDown } } } });
  }
}

/** @param holds of the ready gateways, those that end included */
async function untilReplicas(kubectl: Kubectl, holds: (count: number) => boolean, patienceMs: number) {
  const giveUpAt = performance.now() + patienceMs;
  let told = '';
  for (;;) {
    const scaler = await kubectl.find('hpa', 'gateway');
    const pods = await kubectl.list('pods', 'app.kubernetes.io/name=gateway');
    const ready = pods.filter(({ status }) => status.containerStatuses?.[0]?.ready).length;
    const used = scaler?.status?.currentMetrics?.[0]?.resource?.current?.averageUtilization ?? '?';
    const state = `${ready} gateways ready, ${pods.length} there; they use ${used} % of what they ask for`;
    if (state !== told) progress((told = state));
    if (ready === pods.length && holds(ready)) return;
    if (performance.now() > giveUpAt) throw new Refusal(`After ${patienceMs / 60_000} minutes: ${state}.`);
    await delay(POLL_MS);
  }
}
