/** The platform on a cluster, from k8s/overlays/local, in a namespace of its own that leaves nothing behind. The images must be on the nodes. */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '@mainstay/platform/processes/ports';
import { root } from '@mainstay/platform/root';
import { openKubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import { makeOverlay } from './kubernetes-overlay.ts';
import type { Shutdown } from '@mainstay/platform/start/shutdown';
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import type { ChildProcess } from 'node:child_process';

const run = promisify(execFile);
/** A roll-out waits for new pods, and for the drain of each old one. */
const COMMAND_MAX_MS = 1_200_000;
const OUTPUT_BYTES_MAX = 50_000_000;
/** New pods on a machine that has much to do. */
const DEADLINE_S = '300';

export type KubernetesPlatform = Awaited<ReturnType<typeof startKubernetes>>;
interface Ended {
  code: number;
  output: string;
}
interface KubernetesOptions {
  /** for the overlay */
  directory: string;
  namespace: string;
  nodePort: number;
  /** by which a node's ports are reached */
  host: string;
  /** of the images to begin with */
  tag: string;
  /** pods */
  gateways?: number;
  /** the namespace stays, and one that is there is taken */
  keeps: boolean;
  /** folders */
  components?: string[];
  patches?: object[];
  shutdown: Shutdown;
  /** of the gateway */
  environment: Record<string, string>;
}

/** Brings everything up by the release command, and has `shutdown` remove the namespace. */
export async function startKubernetes({
  directory,
  shutdown,
  namespace,
  nodePort,
  host,
  tag,
  keeps,
  ...more
}: KubernetesOptions) {
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

  /** The command as a person or a pipeline types it. */
  const rollout = (...args: string[]): Promise<Ended> => rolloutOf(overlay, args);

  async function rolloutOf(place: string, args: string[]): Promise<Ended> {
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

  /** @throws Error where it does not end well */
  const mustRoll = (...args: string[]) => mustRollOf(overlay, args);

  async function mustRollOf(place: string, args: string[]) {
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

/** The stores, by whoever may read everything. */
async function booksOf(kubectl: Kubectl, [postgresPort, mongoPort]: number[], givenMongoUrl?: string) {
  const secret = async (name: string, key: string) => {
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
 * @returns the port here
 */
async function keepForward(kubectl: Kubectl, target: string, port: number, shutdown: Shutdown): Promise<number> {
  const local = await freePort();
  let isOver = false;
  let child: ChildProcess | undefined;
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
