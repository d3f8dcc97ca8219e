/**
 * Proves k8s/overlays/local on a cluster: npm run kubernetes [-- OPTIONS]. Needs kubectl, and a cluster that has the
 * images mainstay/{gateway,accounts,activity,web,secrets}:dev. Exit code 1 if a step fails. The platform continues to
 * run after the proof.
 *
 *   --fresh                  first delete the namespace `mainstay` and its data
 *   --keep                   test the platform that already runs in the namespace
 *   --only STEP,STEP         run only these steps: story, connections, autoscaling, drain, breakages
 *   --context NAME           context of kubectl
 *   --url URL                URL of the gateway; default: port 30080 of the first node
 *   --mongo-url URL          use this MongoDB, for example mongodb://mongo:27017/activity
 *   --busy                   allow requests to fail if a store is slow; for a busy machine
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { openKubectl, type Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import { root } from '@mainstay/platform/root';
import { Refusal, during, progress, runCommand } from '@mainstay/platform/terminal';
import { proveAutoscaling } from './kubernetes/autoscaling.ts';
import { proveBreakages } from './kubernetes/breakages.ts';
import { applyFromNothing, namespace, untilReady } from './kubernetes/cluster.ts';
import { proveConnections } from './kubernetes/connections.ts';
import { drainNode, nodesOf } from './kubernetes/drain.ts';
import { underLoad, type Entrance } from './kubernetes/under-load.ts';
import { readFlags } from './read-flags.ts';

const flags = { fresh: false, keep: false, only: '', context: '', url: '', 'mongo-url': '', busy: false };
const { fresh, keep, only, context, url, 'mongo-url': mongoUrl, busy: isBusy } = readFlags(flags);

await runCommand(async () => {
  const kubectl = openKubectl({ namespace, context });
  if (keep) await untilReady(kubectl);
  else await applyFromNothing(kubectl, { fresh, mongoUrl });
  const entrance = { url: url || (await firstNode(kubectl)), isBusy };
  const steps = {
    story: () => tellStory(entrance.url),
    connections: () => proveConnections(kubectl, context),
    autoscaling: () => proveAutoscaling(kubectl, entrance),
    drain: () => proveDrain(kubectl, entrance),
    breakages: () => proveBreakages(kubectl, entrance),
  };
  const wanted = only ? only.split(',') : Object.keys(steps);
  for (const name of wanted)
    if (!(name in steps)) throw new Refusal(`There is no step "${name}": ${Object.keys(steps).join(', ')}.`);
  for (const [name, step] of Object.entries(steps)) if (wanted.includes(name)) await step();
  const reconcile = ['exec', 'deployment/accounts', '--', 'node', 'service/dist/reconcile.js'];
  progress((await kubectl.call(reconcile, { timeoutMs: 180_000 })).trim());
  progress('All steps passed.');
});
process.exit(); // open connections of a failed step would keep the process alive

async function firstNode(kubectl: Kubectl): Promise<string> {
  const [node] = await kubectl.list('nodes');
  const address = node?.status.addresses.find(({ type }: { type: string }) => type === 'InternalIP')?.address;
  if (!address) throw new Refusal('No node has an address. --url says where the gateway answers.');
  return `http://${address}:30080`;
}

/** Runs e2e/story.test.ts against the gateway at `url`. @throws Refusal if the story fails */
async function tellStory(url: string): Promise<void> {
  await during(`The story, through ${url}`, async () => {
    const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
    const child = spawn(process.execPath, ['--experimental-vm-modules', '--no-warnings', jest, 'e2e/story.test.ts'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, MAINSTAY_URL: url },
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Refusal('The story does not pass.');
  });
}

async function proveDrain(kubectl: Kubectl, entrance: Entrance): Promise<void> {
  const [node = '', ...others] = await nodesOf(kubectl);
  if (others.length === 0)
    return progress('A drain needs two nodes that take pods: skipped, because this cluster has one');
  await underLoad(entrance, 'drain', { clients: 6, thinkMs: 400 }, async () => {
    await during(`Draining ${node}`, () => drainNode(kubectl, node));
    await untilReady(kubectl);
  });
}
