// @ts-check
/** The part of the campaign that is Kubernetes' own: its flags, and what they ask for. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenForShutdown } from '../../platform/src/start/shutdown.ts';
import { Refusal, progress } from '../../platform/src/terminal.ts';
import { openHttp1 } from './http1-connection.mjs';
import { startKubernetes } from './kubernetes-platform.mjs';
import { drains, inTurn, neverReady, rollings } from './kubernetes-plans.mjs';
import { argoCanaries, startArgo } from './argo-plans.mjs';

export const kubernetesFlags = /** @type {const} */ ({
  rolling: { type: 'string', default: '0' },
  'argo-canary': { type: 'string', default: '' },
  'never-ready': { type: 'string', default: '0' },
  drain: { type: 'string', default: '0' },
  namespace: { type: 'string', default: 'mainstay-zero-loss' },
  'node-port': { type: 'string', default: '30180' },
  host: { type: 'string', default: '127.0.0.1' },
  tags: { type: 'string', default: 'r1,r2' },
  keep: { type: 'boolean', default: false },
});

/** @typedef {{ [Name in keyof typeof kubernetesFlags]: Name extends 'keep' ? boolean : string }} Values */
/** @typedef {Pick<import('./run-campaign.mjs').Campaign, 'doors' | 'plans'> & { books: { databaseUrl: string, mongoUrl: string } }} Asked */

/**
 * Brings the platform up, has the campaign run, and takes everything away again.
 * @param {Values} values
 * @param {Record<string, string>} environment of the gateway
 * @param {(place: { directory: string, shutdown: import('../../platform/src/start/shutdown.ts').Shutdown }, asked: Asked) => Promise<number>} campaign
 */
export async function onKubernetes(values, environment, campaign) {
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

/** What leaves the services to Argo leaves nothing for another way to roll out. @param {Values} values */
function checkTogether(values) {
  const others = Number(values.rolling) + Number(values['never-ready']);
  if (others > 0 && values['argo-canary'] !== '')
    throw new Refusal('--argo-canary and --rolling or --never-ready cannot share a namespace: a run for each.');
}
