/** Runs the platform of k8s/overlays/local on a cluster, in its own namespace. The nodes must have the images. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';
import { throughPort } from '@mainstay/platform/release/kubernetes/port-forward';
import { root } from '@mainstay/platform/root';
import type { Shutdown } from '@mainstay/platform/start/shutdown';
import { Refusal } from '@mainstay/platform/terminal';
import { fixedPods, makeOverlay } from '../kubernetes/overlay.ts';
import type { Books } from './run-campaign.ts';

const run = promisify(execFile);
/** Time limit of a release, which waits for new pods and for the drain of old pods. */
const COMMAND_MAX_MS = 1_200_000;
const OUTPUT_BYTES_MAX = 50_000_000;
/** Time limit for new pods, long enough for a busy machine. */
const DEADLINE_S = '300';
/** Fixed number of pods of each service, because the campaign does not test scaling. `argo` can set more gateways. */
const PODS = 2;

export type KubernetesPlatform = Awaited<ReturnType<typeof startKubernetes>>;
interface KubernetesOptions {
  folder: string;
  /** URL of the gateway. */
  url: string;
  nodePort: number;
  /** Image tag of the first release, with which startKubernetes starts the platform. */
  tag: string;
  /** If true, the namespace can exist before the run, and remains after the run. */
  keeps: boolean;
  /** Settings of the gateway. */
  environment: Record<string, string>;
  shutdown: Shutdown;
  /** Options for Argo Rollouts. The first release does not use `components`. */
  argo?: { gateways?: number; components: string[]; patches: object[] };
}

/** Starts the platform with the release command. Without `keeps`, `shutdown` removes the namespace. */
export async function startKubernetes(kubectl: Kubectl, options: KubernetesOptions) {
  const { folder, url, nodePort, tag, keeps, environment, shutdown, argo } = options;
  const { namespace } = kubectl;
  const mongoUrl = process.env.MAINSTAY_MONGO_URL;
  const patches = fixedPods(nodePort, argo?.gateways ?? PODS, PODS);
  const first = await makeOverlay(join(folder, 'first'), { namespace, environment, mongoUrl, patches });
  const overlay = argo
    ? await makeOverlay(join(folder, 'second'), {
        ...{ namespace, environment, mongoUrl, components: argo.components },
        patches: [...patches, ...argo.patches],
      })
    : first;

  async function release(place: string, ...args: string[]): Promise<{ code: number; output: string }> {
    const command = [join(root, 'bootstrap.mjs'), 'release', 'kubernetes', ...args, '--overlay', place];
    const limits = { timeout: COMMAND_MAX_MS, maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGTERM' as const };
    return run(process.execPath, command, { cwd: root, signal: shutdown.signal, ...limits }).then(
      ({ stderr, stdout }) => ({ code: 0, output: `${stdout}${stderr}` }),
      (error) => ({ code: Number(error.code ?? 1), output: `${error.stdout}${error.stderr}` }),
    );
  }

  async function mustRelease(newTag: string, place = overlay): Promise<void> {
    const { code, output } = await release(place, '--tag', newTag, '--deadline', DEADLINE_S, '--url', url);
    if (code !== 0) throw new Error(`the release of ${newTag} ended with ${code}:\n${output}`);
  }

  async function secret(name: string, key: string): Promise<string> {
    const found = await kubectl.find('secret', name);
    return Buffer.from(String(found?.data?.[key] ?? ''), 'base64').toString();
  }

  if (!keeps) {
    // Refuse an existing namespace, because this run removes the namespace at the end.
    if (await kubectl.find('namespace', namespace))
      throw new Refusal(`The namespace ${namespace} exists. Choose another name, use --keep, or delete the namespace.`);
    shutdown.onClose(() => kubectl.remove('namespace', [namespace]));
  }
  await mustRelease(tag, first);
  let isOwnedByArgo = false;

  /** Makes Argo or the Deployments the owner of the pods. @throws Error if the release command fails */
  async function changeOwner(place: string, way: '--enter-argo' | '--leave-argo'): Promise<void> {
    const { code, output } = await release(place, way, '--deadline', DEADLINE_S);
    if (code !== 0) throw new Error(`${way} ended with ${code}:\n${output}`);
    isOwnedByArgo = way === '--enter-argo';
  }

  return {
    url,
    kubectl,
    async enterArgo() {
      if (!isOwnedByArgo) await changeOwner(overlay, '--enter-argo');
    },
    leaveArgo: () => changeOwner(first, '--leave-argo'),
    release: (...args: string[]) => release(overlay, ...args),
    mustRelease: (newTag: string) => mustRelease(newTag),
    /** Calls `check` with URLs of PostgreSQL and MongoDB whose users can read everything. */
    withBooks: <Result>(check: (books: Books) => Promise<Result>) =>
      throughPort(kubectl, 'service/postgres', 5432, (postgres) =>
        throughPort(kubectl, 'service/mongo', 27_017, async (mongo) => {
          const password = encodeURIComponent(await secret('postgres-secrets', 'superuser-password'));
          const books = new URL(mongoUrl ?? 'mongodb://mongo:27017/activity?authSource=admin');
          books.host = new URL(mongo).host;
          books.searchParams.set('directConnection', 'true');
          if (!mongoUrl) {
            books.username = 'root';
            books.password = await secret('mongo-secrets', 'root-password');
          }
          const databaseUrl = `postgres://postgres:${password}@${new URL(postgres).host}/mainstay`;
          return check({ databaseUrl, mongoUrl: books.href });
        }),
      ),
  };
}
