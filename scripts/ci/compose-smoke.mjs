// @ts-check
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCompose } from '../../bench/zero-loss/compose-platform.mjs';
import { listenForShutdown } from '../../platform/src/start/shutdown.ts';
import { Refusal, during, progress } from '../../platform/src/terminal.ts';
import { readTag } from './names.mjs';
import { readArguments, show } from './tool.mjs';

/**
 * Starts the whole platform in containers, as a compose project of its own on free ports, plays the story through its edge by TLS, proves the books,
 * and removes everything. The images must be built.
 * @param {string[]} args
 */
export async function composeSmoke(args) {
  const { values } = readArguments(args, ['tag', 'edge']);
  const tag = readTag(values.tag ?? 'dev');
  const edge = values.edge ?? 'nginx';
  if (edge !== 'nginx' && edge !== 'haproxy') throw new Refusal(`--edge must be nginx or haproxy, but is "${edge}".`);
  const directory = await mkdtemp(join(tmpdir(), 'mainstay-compose-smoke-'));
  const shutdown = listenForShutdown(directory);
  shutdown.onClose(() => rm(directory, { recursive: true, force: true }));
  try {
    const environment = { MAINSTAY_TAG: tag, COMPOSE_PROJECT_NAME: 'mainstay-smoke' };
    const platform = await during('Docker starts the containers', () => startCompose({ edge, shutdown, environment }));
    const ca = join(directory, 'ca.crt');
    await writeFile(ca, platform.ca);
    await show(process.execPath, [join(import.meta.dirname, 'play-story.mjs'), platform.url], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: ca },
      failure: 'The story failed',
    });
    console.log(await platform.run('accounts', 'node', 'service/dist/reconcile.js'));
    progress(`The platform of docker-compose.yml works behind ${edge}`);
  } finally {
    await shutdown.close();
  }
}
