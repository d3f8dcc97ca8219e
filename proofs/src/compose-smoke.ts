/**
 * Starts docker-compose.yml as a project of its own on free ports, plays the story of clients through its edge by TLS, checks the books, and removes
 * everything. The images must be built.
 *
 *   node bootstrap.mjs proofs/src/compose-smoke.ts [--edge nginx|haproxy] [--tag dev]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { parseArgs } from 'node:util';
import { listenForShutdown } from '@mainstay/platform/start/shutdown';
import { Refusal, during, progress, runCommand } from '@mainstay/platform/terminal';
// feature: kubernetes
import { playStory } from '../../k8s/components/argo-blue-green/story.mjs';
// end feature: kubernetes
import { startCompose } from './zero-loss/compose-platform.ts';

const { values } = parseArgs({
  options: { edge: { type: 'string', default: 'nginx' }, tag: { type: 'string', default: 'dev' } },
});

await runCommand(async () => {
  const { edge } = values;
  if (edge !== 'nginx' && edge !== 'haproxy') throw new Refusal(`--edge must be nginx or haproxy, but is "${edge}".`);
  const directory = await mkdtemp(join(tmpdir(), 'mainstay-compose-smoke-'));
  const shutdown = listenForShutdown(directory);
  shutdown.onClose(() => rm(directory, { recursive: true, force: true }));
  try {
    const environment = { MAINSTAY_TAG: values.tag, COMPOSE_PROJECT_NAME: 'mainstay-smoke' };
    const platform = await during('Docker starts the containers', () => startCompose({ edge, shutdown, environment }));
    setDefaultCACertificates([platform.ca]);
    // feature: kubernetes
    await playStory(platform.url, shutdown.signal);
    // end feature: kubernetes
    console.log(await platform.run('accounts', 'node', 'service/dist/reconcile.js'));
    progress(`The platform of docker-compose.yml works behind ${edge}`);
  } finally {
    await shutdown.close();
  }
});
