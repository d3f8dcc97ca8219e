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
  rolling: { type: 'string', default: '0' },
  'argo-canary': { type: 'string', default: '' },
  'argo-blue-green': { type: 'string', default: '0' },
  'argo-leave': { type: 'string', default: '0' },
  'never-ready': { type: 'string', default: '0' },
  drain: { type: 'string', default: '0' },
  namespace: { type: 'string', default: 'mainstay-zero-loss' },
  'node-port': { type: 'string', default: '30180' },
  host: { type: 'string', default: '127.0.0.1' },
  tags: { type: 'string', default: 'r1,r2' },
  keep: { type: 'boolean', default: false },
} as const;

type Values = { [Name in keyof typeof kubernetesFlags]: Name extends 'keep' ? boolean : string };

/**
 * Starts the platform in a namespace that is removed at the end.
 * @param environment settings of the gateway
 */
export async function planOnKubernetes(
  values: Values,
  environment: Record<string, string>,
  { directory, shutdown }: { directory: string; shutdown: Shutdown },
): Promise<Pick<Campaign, 'doors' | 'plans' | 'withBooks'>> {
  const canaries = values['argo-canary'].split(',').filter(Boolean);
  const switches = Number(values['argo-blue-green']);
  const ways = [canaries.length, switches, Number(values.rolling) + Number(values['never-ready'])];
  if (ways.filter((count) => count > 0).length > 1)
    throw new Refusal(
      '--argo-canary, --argo-blue-green, and --rolling or --never-ready cannot share a namespace: a run for each.',
    );
  progress('Kubernetes starts the pods');
  const tags = values.tags.split(',');
  const kubectl = openKubectl({ namespace: values.namespace });
  const argo = switches > 0 ? blueGreen() : canaries.length > 0 ? canary() : undefined;
  const platform = await startKubernetes(kubectl, {
    folder: join(directory, 'overlays'),
    url: `http://${values.host}:${values['node-port']}`,
    nodePort: Number(values['node-port']),
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
      rollings(platform, next, Number(values.rolling)),
      neverReady(platform, 'never-ready', Number(values['never-ready'])),
      drains(kubectl, Number(values.drain)),
      ...argoCanaries(platform, next, canaries),
      argoBlueGreens(platform, next, switches),
      argoLeavings(platform, Number(values['argo-leave'])),
    ],
    withBooks: platform.withBooks,
  };
}
