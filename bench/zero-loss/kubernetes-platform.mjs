// @ts-check
/** The platform on a cluster, from k8s/overlays/local, in a namespace of its own that leaves nothing behind. The images must be on the nodes. */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../platform/src/processes/ports.ts';
import { root } from '../../platform/src/root.ts';
import { openKubectl } from '../../platform/src/release/kubernetes/kubectl.ts';
import { makeOverlay } from './kubernetes-overlay.mjs';

const run = promisify(execFile);
/** A roll-out waits for new pods, and for the drain of each old one. */
const COMMAND_MAX_MS = 1_200_000;
const OUTPUT_BYTES_MAX = 50_000_000;
/** New pods on a machine that has much to do. */
const DEADLINE_S = '300';

/** @typedef {Awaited<ReturnType<typeof startKubernetes>>} KubernetesPlatform */
/** @typedef {{ code: number, output: string }} Ended */
/**
 * @typedef {object} KubernetesOptions
 * @property {string} directory for the overlay
 * @property {string} namespace
 * @property {number} nodePort
 * @property {string} host by which a node's ports are reached
 * @property {string} tag of the images to begin with
 * @property {number} [gateways] pods
 * @property {boolean} keeps the namespace stays, and one that is there is taken
 * @property {string[]} [components] folders
 * @property {object[]} [patches]
 * @property {import('../../platform/src/start/shutdown.ts').Shutdown} shutdown
 * @property {Record<string, string>} environment of the gateway
 */

/**
 * Brings everything up by the release command, and has `shutdown` remove the namespace.
 * @param {KubernetesOptions} options
 */
export async function startKubernetes({ directory, shutdown, namespace, nodePort, host, tag, keeps, ...more }) {
  const mongoUrl = process.env.MAINSTAY_MONGO_URL;
  const { components, patches, ...plain } = more;
  const options = { namespace, nodePort, ...plain, ...(mongoUrl && { mongoUrl }) };
  const first = await makeOverlay(join(directory, 'first-overlay'), options);
  // Components come second, as they do to a platform that serves already.
  const overlay = components
    ? await makeOverlay(join(directory, 'overlay'), { ...options, components, ...(patches && { patches }) })
    : first;
  const kubectl = openKubectl({ namespace });
  const url = `http://${host}:${nodePort}`;

  /** The command as a person or a pipeline types it. @param {string[]} args @returns {Promise<Ended>} */
  const rollout = (...args) => rolloutOf(overlay, args);

  /** @param {string} place @param {string[]} args @returns {Promise<Ended>} */
  async function rolloutOf(place, args) {
    const command = [join(root, 'bootstrap.mjs'), 'release', 'kubernetes', ...args, '--overlay', place];
    const ended = await run(process.execPath, command, {
      cwd: root,
      timeout: COMMAND_MAX_MS,
      maxBuffer: OUTPUT_BYTES_MAX,
      signal: shutdown.signal,
      killSignal: 'SIGTERM',
    }).then(
      ({ stderr, stdout }) => ({ code: 0, output: `${stdout}${stderr}` }),
      (error) => ({ code: Number(error.code ?? 1), output: `${error.stdout}${error.stderr}` }),
    );
    return ended;
  }

  /** @param {string[]} args @throws Error where it does not end well */
  const mustRoll = (...args) => mustRollOf(overlay, args);

  /** @param {string} place @param {string[]} args */
  async function mustRollOf(place, args) {
    const { code, output } = await rolloutOf(place, [...args, '--url', url]);
    if (code !== 0) throw new Error(`npm run release -- kubernetes ${args.join(' ')} ended with ${code}:\n${output}`);
  }

  if (!keeps) {
    await kubectl.call(['delete', 'namespace', namespace, '--ignore-not-found'], { timeoutMs: COMMAND_MAX_MS });
    shutdown.onClose(() => kubectl.remove('namespace', [namespace]));
  }
  await mustRollOf(first, ['--tag', tag, '--deadline', DEADLINE_S]);
  const forwards = await Promise.all([
    keepForward(kubectl, 'service/postgres', 5432, shutdown),
    keepForward(kubectl, 'service/mongo', 27_017, shutdown),
  ]);
  return {
    url,
    kubectl,
    overlay,
    books: await booksOf(kubectl, forwards, mongoUrl),
    rollout,
    mustRoll,
    deadlineS: DEADLINE_S,
  };
}

/**
 * The stores, by whoever may read everything.
 * @param {import('../../platform/src/release/kubernetes/kubectl.ts').Kubectl} kubectl
 * @param {number[]} ports
 * @param {string} [givenMongoUrl]
 */
async function booksOf(kubectl, [postgresPort, mongoPort], givenMongoUrl) {
  /** @param {string} name @param {string} key */
  const secret = async (name, key) => {
    const found = await kubectl.find('secret', name);
    return Buffer.from(String(found?.data?.[key] ?? ''), 'base64').toString();
  };
  const password = await secret('postgres-secrets', 'superuser-password');
  const mongoUrl = new URL(givenMongoUrl ?? 'mongodb://mongo:27017/activity');
  mongoUrl.host = `127.0.0.1:${mongoPort}`;
  if (!givenMongoUrl) {
    mongoUrl.username = 'root';
    mongoUrl.password = await secret('mongo-secrets', 'root-password');
    mongoUrl.searchParams.set('authSource', 'admin');
  }
  mongoUrl.searchParams.set('directConnection', 'true');
  return {
    databaseUrl: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${postgresPort}/mainstay`,
    mongoUrl: mongoUrl.href,
  };
}

/**
 * A way into the cluster that is opened again where it breaks.
 * @param {import('../../platform/src/release/kubernetes/kubectl.ts').Kubectl} kubectl
 * @param {string} target
 * @param {number} port
 * @param {import('../../platform/src/start/shutdown.ts').Shutdown} shutdown
 * @returns {Promise<number>} the port here
 */
async function keepForward(kubectl, target, port, shutdown) {
  const local = await freePort();
  let isOver = false;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  const open = () => {
    child = spawn('kubectl', [...kubectl.base, 'port-forward', '--address=127.0.0.1', target, `${local}:${port}`], {
      detached: true,
      stdio: 'ignore',
    });
    child.once('close', () => void (isOver || delay(500, undefined, { ref: false }).then(open)));
  };
  open();
  shutdown.onClose(async () => {
    isOver = true;
    child?.kill('SIGTERM');
  });
  return local;
}
