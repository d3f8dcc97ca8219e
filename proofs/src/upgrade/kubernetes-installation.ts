/** The overlay `local` of both releases, in a namespace of its own. The release command of this code replaces the pods. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '@mainstay/platform/root';
import { openKubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import { fixedPods, makeOverlay } from '../kubernetes/overlay.ts';
import { SETTINGS, unpackFormerRelease, type Installation } from './installation.ts';

const run = promisify(execFile);
const namespace = 'mainstay-upgrade';
const nodePort = 30_280;
const FORMER_TAG = '0.1.0';
const PODS = 2;
const GONE_MS = 300_000;

/**
 * The images of 0.1.0 have its tag. The stores stay as 0.1.0 made them, because replacing the only Redis of this overlay would be an outage.
 * @param tag of the images of this code
 */
export async function installOnKubernetes(base: string, tag: string): Promise<Installation> {
  const kubectl = openKubectl({ namespace });
  const url = `http://127.0.0.1:${nodePort}`;
  const patches = fixedPods(nodePort, PODS, PODS);
  const environment = { ...SETTINGS, TRUST_PROXY: '1' };
  const options = { namespace, environment, mongoUrl: process.env.MAINSTAY_MONGO_URL, patches };
  const former = await makeOverlay(join(base, 'former'), {
    ...options,
    repository: await unpackFormerRelease(base),
    images: [{ name: 'mainstay/secrets', newTag: FORMER_TAG }],
  });
  const next = await makeOverlay(join(base, 'next'), {
    ...options,
    patches: [
      ...patches,
      {
        target: { kind: 'StatefulSet' },
        patch: '{ "$patch": "delete", "kind": "StatefulSet", "metadata": { "name": "any" } }',
      },
    ],
  });
  const release = async (overlay: string, images: string) => {
    const command = [join(root, 'bootstrap.mjs'), 'release', 'kubernetes', '--overlay', overlay, '--tag', images];
    await run(process.execPath, [...command, '--url', url], { cwd: root, maxBuffer: 1e8 });
  };
  const close = async () => {
    await kubectl.call(['delete', 'namespace', namespace, '--ignore-not-found'], { timeoutMs: GONE_MS });
  };
  await close();
  try {
    await release(former, FORMER_TAG);
    return {
      url,
      update: () => release(next, tag),
      goBack: () => release(next, FORMER_TAG),
      async reconcile() {
        await kubectl.call(['exec', 'deployment/accounts', '--', 'node', 'service/dist/reconcile.js']);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
