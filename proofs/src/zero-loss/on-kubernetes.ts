/** The part of the campaign that is Kubernetes' own: its flags, and what they ask for. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenForShutdown } from '@mainstay/platform/start/shutdown';
import { Refusal, progress } from '@mainstay/platform/terminal';
import { openHttp1 } from './http1-connection.ts';
import { startKubernetes } from './kubernetes-platform.ts';
import { drains, inTurn, neverReady, rollings } from './kubernetes-plans.ts';
import { argoCanaries, startArgo } from './argo-plans.ts';
import type { Campaign } from './run-campaign.ts';
import type { Shutdown } from '@mainstay/platform/start/shutdown';

export const kubernetesFlags = {
  rolling: { type: 'string', default: '0' },
  'argo-canary': { type: 'string', default: '' },
  'never-ready': { type: 'string', default: '0' },
  drain: { type: 'string', default: '0' },
  namespace: { type: 'string', default: 'mainstay-zero-loss' },
  'node-port': { type: 'string', default: '30180' },
  host: { type: 'string', default: '127.0.0.1' },
  tags: { type: 'string', default: 'r1,r2' },
  keep: { type: 'boolean', default: false },
} as const;

type Values = { [Name in keyof typeof kubernetesFlags]: Name extends 'keep' ? boolean : string };
type Asked = Pick<Campaign, 'doors' | 'plans'> & { books: { databaseUrl: string; mongoUrl: string } };

/**
 * Brings the platform up, has the campaign run, and takes everything away again.
 * @param environment of the gateway
 */
export async function onKubernetes(
  values: Values,
  environment: Record<string, string>,
  campaign: (place: { directory: string; shutdown: Shutdown }, asked: Asked) => Promise<number>,
) {
  checkTogether(values);
  const directory = await mkdtemp(join(tmpdir(), 'mainstay-zero-loss-'));
  const shutdown = listenForShutdown(directory);
  shutdown.onClose(() => rm(directory, { recursive: true, force: true }));
  const tags = values.tags.split(',');
  const argo = values['argo-canary'] === '' ? [] : values['argo-canary'].split(',');
  try {
    await mkdir(join(directory, 'logs'));
    progress('Kubernetes starts the pods');
    const platform = await startKubernetes({
      directory,
      shutdown,
      namespace: values.namespace,
      nodePort: Number(values['node-port']),
      host: values.host,
      tag: String(tags[0]),
      keeps: values.keep,
      environment,
      ...(argo.length > 0 && (await startArgo(directory, values.namespace, shutdown))),
    });
    const next = inTurn(tags);
    return await campaign(
      { directory, shutdown },
      {
        doors: [{ name: 'NodePort', url: platform.url, open: openHttp1 }],
        plans: [
          rollings(platform, next, Number(values.rolling)),
          neverReady(platform, 'never-ready', Number(values['never-ready'])),
          drains(platform, Number(values.drain)),
          ...argoCanaries(platform, next, argo),
        ],
        books: platform.books,
      },
    );
  } finally {
    await shutdown.close();
  }
}

/** What leaves the services to Argo leaves nothing for another way to roll out. */
function checkTogether(values: Values) {
  const others = Number(values.rolling) + Number(values['never-ready']);
  if (others > 0 && values['argo-canary'] !== '')
    throw new Refusal('--argo-canary and --rolling or --never-ready cannot share a namespace: a run for each.');
}
