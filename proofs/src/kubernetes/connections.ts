/** Who can really connect to whom: each pod tries every port of every other one, from within. The table says which must succeed; every other must not. */
import { setTimeout as delay } from 'node:timers/promises';
import { arrows } from '@mainstay/platform/check/manifests/arrows';
import { Refusal, during, progress } from '@mainstay/platform/terminal';
import { namespace, podsOf } from './cluster.ts';
import { withProbes, type Source } from './probes.ts';
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';

/** Long enough for a busy machine; a refused pair is waited for as long. */
const CONNECT_S = 4;
const OPEN_WITHIN_MS = 60_000;
/** Bash alone: all of the images have it. */
const SCRIPT = `for t in "$@"; do (timeout ${CONNECT_S} bash -c 'exec 3<>"/dev/tcp/\${1%:*}/\${1##*:}"' _ "$t" 2>/dev/null && echo "$t") & done; wait`;

interface Target {
  name: string;
  address: string;
  port: number;
}

/** @throws Refusal that names each pair that differs from the table */
export async function proveConnections(kubectl: Kubectl) {
  const pods = [...(await podsOf(kubectl)).values()];
  const within = targetsIn(pods);
  const targets = [...within, ...(await clusterTargets(kubectl))];
  await during('Who can connect to whom', () =>
    withProbes(kubectl, async (probes, becomeOf) => {
      const sources = [...firstOfEach(pods), ...probes.filter(({ name }) => name !== 'neighbour')];
      const wrong: string[] = [];
      let [open, closed] = [0, 0];
      const judge = async (source: Source, reachable = targets) => {
        const result = await tryAll(kubectl, source, reachable);
        open += result.open;
        closed += result.closed;
        wrong.push(...result.wrong);
      };
      for (const source of sources) await judge(source);
      // A pod elsewhere, and what it may once its namespace is labelled; whom else it calls is not ours to say.
      for (const name of ['neighbour', 'edge', 'monitoring']) await judge(await becomeOf(name), within);
      if (wrong.length > 0) throw new Refusal(`Connections differ from the table of arrows:\n  ${wrong.join('\n  ')}`);
      progress(`${open} pairs connect as the architecture says, ${closed} others are refused`);
    }),
  );
}

async function tryAll(kubectl: Kubectl, source: Source, targets: Target[]) {
  // A pod reaches itself whatever the policies say: there it only shows that somebody listens.
  const isDue = (target: Target) => target.address === source.address || isArrow(source.name, target);
  const due = targets.filter(isDue).map(textOf);
  const reached = await reach(kubectl, source, targets.map(textOf), due);
  const wrong = targets.flatMap((target) => {
    const isOpen = reached.has(textOf(target));
    if (isOpen === isDue(target)) return [];
    return [`${source.name} → ${target.name}:${target.port} ${isOpen ? 'connects, and must not' : 'does not connect'}`];
  });
  return { open: due.length, closed: targets.length - due.length, wrong };
}

/** What must connect is tried for a while: a new pod may not yet be known to every node. */
async function reach(kubectl: Kubectl, source: Source, all: string[], due: string[]) {
  const giveUpAt = performance.now() + OPEN_WITHIN_MS;
  const args = ['exec', source.pod, `--namespace=${source.namespace}`, '--', 'bash', '-c', SCRIPT, 'connect'];
  const reached = new Set<string>();
  for (let trying = all; ; trying = due.filter((text) => !reached.has(text))) {
    const output = await kubectl.call([...args, ...trying], { isSafe: true });
    for (const text of output.split('\n').filter(Boolean)) reached.add(text);
    if (due.every((text) => reached.has(text)) || performance.now() > giveUpAt) return reached;
    await delay(1_000);
  }
}

function isArrow(from: string, { name, port }: Target) {
  return arrows.some(
    (arrow) => arrow.from === from && arrow.to === name && arrow.port === port && (arrow.only ?? 'local') === 'local',
  );
}

const textOf = ({ address, port }: Target) => `${address}:${port}`;

function firstOfEach(pods: any[]): Source[] {
  const byName = new Map(pods.map((pod) => [pod.metadata.labels['app.kubernetes.io/name'], pod]));
  return [...byName].map(([name, { metadata, status }]) => ({
    name,
    pod: metadata.name,
    namespace,
    address: status.podIP,
  }));
}

/** Every port of every pod: of two of one service, too, which have nothing to say to each other. */
function targetsIn(pods: any[]): Target[] {
  return pods.flatMap(({ metadata, spec, status }) =>
    spec.containers.flatMap(({ ports = [] }: any) =>
      ports.map(({ containerPort }: { containerPort: number }) => ({
        name: metadata.labels['app.kubernetes.io/name'],
        address: status.podIP,
        port: containerPort,
      })),
    ),
  );
}

/** The names' service and the API server. */
async function clusterTargets(kubectl: Kubectl): Promise<Target[]> {
  const addressOf = async (name: string, place: string) =>
    (
      await kubectl.call(['get', 'service', name, `--namespace=${place}`, '--output=jsonpath={.spec.clusterIP}'])
    ).trim();
  return [
    { name: 'dns', address: await addressOf('kube-dns', 'kube-system'), port: 53 },
    { name: 'outside', address: await addressOf('kubernetes', 'default'), port: 443 },
  ];
}
