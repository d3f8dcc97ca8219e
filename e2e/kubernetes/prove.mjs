// @ts-check
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
import { Refusal, progress, runCommand } from '../../platform/src/terminal.ts';
import { proveAutoscaling } from './autoscaling.mjs';
import { proveBreakages } from './breakages.mjs';
import { applyFromNothing, openCluster, untilReady } from './cluster.mjs';
import { proveConnections } from './connections.mjs';
import { proveDrain } from './drain.mjs';
import { proveBooks, tellStory } from './story.mjs';

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

/** @param {import('../../platform/src/release/kubernetes/kubectl.ts').Kubectl} kubectl */
async function firstNode(kubectl) {
  const [node] = await kubectl.list('nodes');
  const address = node?.status.addresses.find(
    (/** @type {{ type: string }} */ { type }) => type === 'InternalIP',
  )?.address;
  if (!address) throw new Refusal('No node has an address: say where the gateway answers, by --url.');
  return `http://${address}:30080`;
}
