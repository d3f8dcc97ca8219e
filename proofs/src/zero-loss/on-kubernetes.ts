/** The campaign on Kubernetes: its options, its platform, and its disturbances. */
import { join } from 'node:path';
import { openKubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import type { Shutdown } from '@mainstay/platform/start/shutdown';
import { Refusal, progress } from '@mainstay/platform/terminal';
import { argoBlueGreens, argoCanaries, argoLeavings, blueGreen, canary } from './argo-plans.ts';
import { startKubernetes } from './kubernetes-platform.ts';
import { drains, inTurn, neverReady, rollings } from './kubernetes-plans.ts';
import type { Campaign } from './run-campaign.ts';

export const kubernetesFlags = {
  rolling: 0,
  'argo-canary': '',
  'argo-blue-green': 0,
  'argo-leave': 0,
  'never-ready': 0,
  drain: 0,
  namespace: 'mainstay-zero-loss',
  'node-port': 30_180,
  host: '127.0.0.1',
  tags: 'r1,r2',
  keep: false,
};

/** Starts the platform. Without `keep`, removes its namespace at the end. @param environment settings of the gateway */
export async function planOnKubernetes(
  values: typeof kubernetesFlags,
  environment: Record<string, string>,
  { directory, shutdown }: { directory: string; shutdown: Shutdown },
): Promise<Pick<Campaign, 'doors' | 'plans' | 'withBooks'>> {
  const canaries = values['argo-canary'].split(',').filter(Boolean);
  const switches = values['argo-blue-green'];
  const ways = [canaries.length, switches, values.rolling + values['never-ready']];
  if (ways.filter((count) => count > 0).length > 1)
    throw new Refusal(
      '--argo-canary, --argo-blue-green, and --rolling or --never-ready cannot share a namespace. Start one run for each.',
    );
  progress('Kubernetes starts the pods');
  const tags = values.tags.split(',');
  const kubectl = openKubectl({ namespace: values.namespace });
  const argo = switches > 0 ? blueGreen() : canaries.length > 0 ? canary() : undefined;
  const platform = await startKubernetes(kubectl, {
    folder: join(directory, 'overlays'),
    url: `http://${values.host}:${values['node-port']}`,
    nodePort: values['node-port'],
    tag: tags[0]!,
    keeps: values.keep,
    environment,
    shutdown,
    ...(argo && { argo }),
  });
  const next = inTurn(tags);
  return {
    doors: [{ name: 'NodePort', url: platform.url }],
    plans: [
      rollings(platform, next, values.rolling),
      neverReady(platform, 'never-ready', values['never-ready']),
      drains(kubectl, values.drain),
      ...argoCanaries(platform, next, canaries),
      argoBlueGreens(platform, next, switches),
      argoLeavings(platform, values['argo-leave']),
    ],
    withBooks: platform.withBooks,
  };
}
