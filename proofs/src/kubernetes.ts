/**
 * Proves k8s/overlays/local on a cluster: npm run kubernetes [-- OPTIONS]. Needed: kubectl, a cluster, and the images mainstay/{gateway,accounts,activity,web,secrets}:dev
 * in it. Exit code 1 where anything is not as it must be. The platform stays.
 *
 *   --fresh                  delete the namespace `mainstay` first, with its data
 *   --keep                   prove what runs there already
 *   --only STEP,STEP         of story, connections, autoscaling, drain, breakages
 *   --context NAME           of kubectl
 *   --url URL                where the gateway's port 30080 answers; without it, at the first node
 *   --mongo-url URL          another MongoDB, also one that knows no log-in: mongodb://mongo:27017/activity
 *   --busy                   the machine has other work too: a store that had no time to answer is nobody's loss
 */
import { parseArgs } from 'node:util';
import { Refusal, progress, runCommand } from '@mainstay/platform/terminal';
import { proveAutoscaling } from './kubernetes/autoscaling.ts';
import { proveBreakages } from './kubernetes/breakages.ts';
import { applyFromNothing, openCluster, untilReady } from './kubernetes/cluster.ts';
import { proveConnections } from './kubernetes/connections.ts';
import { proveDrain } from './kubernetes/drain.ts';
import { proveBooks, tellStory } from './kubernetes/story.ts';
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';

const { values } = parseArgs({
  options: {
    fresh: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    only: { type: 'string' },
    context: { type: 'string' },
    url: { type: 'string' },
    'mongo-url': { type: 'string' },
    busy: { type: 'boolean', default: false },
  },
});

await runCommand(async () => {
  const kubectl = openCluster(values.context);
  if (values.keep) await untilReady(kubectl);
  else await applyFromNothing(kubectl, { fresh: values.fresh, mongoUrl: values['mongo-url'] });
  const entrance = { url: values.url ?? (await firstNode(kubectl)), isBusy: values.busy };
  const steps = {
    story: () => tellStory(entrance.url),
    connections: () => proveConnections(kubectl),
    autoscaling: () => proveAutoscaling(kubectl, entrance),
    drain: () => proveDrain(kubectl, entrance),
    breakages: () => proveBreakages(kubectl, entrance),
  };
  const wanted = values.only?.split(',') ?? Object.keys(steps);
  for (const name of wanted)
    if (!(name in steps)) throw new Refusal(`There is no step "${name}": ${Object.keys(steps).join(', ')}.`);
  for (const [name, step] of Object.entries(steps)) if (wanted.includes(name)) await step();
  await proveBooks(kubectl);
  progress('All of it is as it must be.');
});
process.exit(); // clients of a failed step may still have connections open

async function firstNode(kubectl: Kubectl) {
  const [node] = await kubectl.list('nodes');
  const address = node?.status.addresses.find(({ type }: { type: string }) => type === 'InternalIP')?.address;
  if (!address) throw new Refusal('No node has an address: say where the gateway answers, by --url.');
  return `http://${address}:30080`;
}
