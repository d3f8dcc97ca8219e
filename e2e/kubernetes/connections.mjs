// @ts-check
/** Who can really connect to whom: each pod tries every port of every other one, from within. The table says which must succeed; every other must not. */
import { setTimeout as delay } from 'node:timers/promises';
import { arrows } from '../../platform/src/check/manifests/arrows.ts';
import { Refusal, during, progress } from '../../platform/src/terminal.ts';
import { namespace, podsOf } from './cluster.mjs';
import { withProbes } from './probes.mjs';

/** Long enough for a busy machine; a refused pair is waited for as long. */
const CONNECT_S = 4;
const OPEN_WITHIN_MS = 60_000;
/** Bash alone: all of the images have it. */
const SCRIPT = `for t in "$@"; do (timeout ${CONNECT_S} bash -c 'exec 3<>"/dev/tcp/\${1%:*}/\${1##*:}"' _ "$t" 2>/dev/null && echo "$t") & done; wait`;

/** @typedef {import('../../platform/src/release/kubernetes/kubectl.ts').Kubectl} Kubectl */
/** @typedef {{ name: string, pod: string, namespace: string, address: string }} Source */
/** @typedef {{ name: string, address: string, port: number }} Target */

/**
 * @param {Kubectl} kubectl
 * @throws Refusal that names each pair that differs from the table
 */
export async function proveConnections(kubectl) {
  const pods = [...(await podsOf(kubectl)).values()];
  const within = targetsIn(pods);
  const targets = [...within, ...(await clusterTargets(kubectl))];
  await during('Who can connect to whom', () =>
    withProbes(kubectl, async (probes, becomeOf) => {
      const sources = [...firstOfEach(pods), ...probes.filter(({ name }) => name !== 'neighbour')];
      /** @type {string[]} */
      const wrong = [];
      let [open, closed] = [0, 0];
      const judge = async (/** @type {Source} */ source, reachable = targets) => {
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

/**
 * @param {Kubectl} kubectl
 * @param {Source} source
 * @param {Target[]} targets
 */
async function tryAll(kubectl, source, targets) {
  // A pod reaches itself whatever the policies say: there it only shows that somebody listens.
  const isDue = (/** @type {Target} */ target) => target.address === source.address || isArrow(source.name, target);
  const due = targets.filter(isDue).map(textOf);
  const reached = await reach(kubectl, source, targets.map(textOf), due);
  const wrong = targets.flatMap((target) => {
    const isOpen = reached.has(textOf(target));
    if (isOpen === isDue(target)) return [];
    return [`${source.name} → ${target.name}:${target.port} ${isOpen ? 'connects, and must not' : 'does not connect'}`];
  });
  return { open: due.length, closed: targets.length - due.length, wrong };
}

/** What must connect is tried for a while: a new pod may not yet be known to every node. @param {Kubectl} kubectl @param {Source} source @param {string[]} all @param {string[]} due */
async function reach(kubectl, source, all, due) {
  const giveUpAt = performance.now() + OPEN_WITHIN_MS;
  const args = ['exec', source.pod, `--namespace=${source.namespace}`, '--', 'bash', '-c', SCRIPT, 'connect'];
  /** @type {Set<string>} */
  const reached = new Set();
  for (let trying = all; ; trying = due.filter((text) => !reached.has(text))) {
    const output = await kubectl.call([...args, ...trying], { isSafe: true });
    for (const text of output.split('\n').filter(Boolean)) reached.add(text);
    if (due.every((text) => reached.has(text)) || performance.now() > giveUpAt) return reached;
    await delay(1_000);
  }
}

/** @param {string} from @param {Target} target */
function isArrow(from, { name, port }) {
  return arrows.some(
    (arrow) => arrow.from === from && arrow.to === name && arrow.port === port && (arrow.only ?? 'local') === 'local',
  );
}

/** @param {Target} target */
const textOf = ({ address, port }) => `${address}:${port}`;

/** @param {any[]} pods @returns {Source[]} */
function firstOfEach(pods) {
  const byName = new Map(pods.map((pod) => [pod.metadata.labels['app.kubernetes.io/name'], pod]));
  return [...byName].map(([name, { metadata, status }]) => ({
    name,
    pod: metadata.name,
    namespace,
    address: status.podIP,
  }));
}

/** Every port of every pod: of two of one service, too, which have nothing to say to each other. @param {any[]} pods @returns {Target[]} */
function targetsIn(pods) {
  return pods.flatMap(({ metadata, spec, status }) =>
    spec.containers.flatMap((/** @type {any} */ { ports = [] }) =>
      ports.map((/** @type {{ containerPort: number }} */ { containerPort }) => ({
        name: metadata.labels['app.kubernetes.io/name'],
        address: status.podIP,
        port: containerPort,
      })),
    ),
  );
}

/** The names' service and the API server. @param {Kubectl} kubectl @returns {Promise<Target[]>} */
async function clusterTargets(kubectl) {
  const addressOf = async (/** @type {string} */ name, /** @type {string} */ place) =>
    (
      await kubectl.call(['get', 'service', name, `--namespace=${place}`, '--output=jsonpath={.spec.clusterIP}'])
    ).trim();
  return [
    { name: 'dns', address: await addressOf('kube-dns', 'kube-system'), port: 53 },
    { name: 'outside', address: await addressOf('kubernetes', 'default'), port: 443 },
  ];
}
