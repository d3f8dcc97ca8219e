import { setTimeout as delay } from 'node:timers/promises';
import { runProgram } from '../../processes/run-program.ts';

const TIMEOUT_MS = 240_000;
/** Matches temporary errors: the API server is starting or busy, or a connection to the API server broke. */
const TEMPORARY =
  /connection refused|connection reset|i\/o timeout|TLS handshake timeout|etcdserver|EOF|too many requests/i;
const ATTEMPTS = 5;
const PAUSE_MS = 1_000;

/** An object of the Kubernetes API. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the API has more fields than are named here
    [field: string]: any;
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- differs by kind
  [field: string]: any;
}

export const namesOf = (objects: KubeObject[]) => objects.map(({ metadata }) => metadata.name);

interface Status {
  phase?: string;
  succeeded?: number;
  conditions?: { type: string; status: string; message?: string }[];
  containerStatuses?: { restartCount?: number; state?: { waiting?: { reason?: string; message?: string } } }[];
}

/** Returns the status of a pod, a Deployment or a Job. The status is empty until a controller has written it. */
export function statusOf(object: KubeObject): Status {
  return (object.status as Status | undefined) ?? {};
}

export function hasCondition(object: KubeObject, wanted: string): boolean {
  return (statusOf(object).conditions ?? []).some(({ type, status }) => type === wanted && status === 'True');
}

/** Returns the image of the first container of a pod, or of the pods that a Deployment or Job creates. */
export function imageOf({ spec }: KubeObject): string {
  const { template } = spec as { template?: { spec: object } };
  const { containers } = (template?.spec ?? spec) as { containers: { image: string }[] };
  return containers[0]?.image ?? '';
}

export type Kubectl = ReturnType<typeof openKubectl>;

interface Limits {
  input?: string;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** After a temporary error, a call with `isSafe` is repeated up to four times. For example, every read is safe. */
export function openKubectl(options: { namespace: string; context?: string | undefined; signal?: AbortSignal }) {
  const { namespace, context, signal } = options;
  const base = [`--namespace=${namespace}`, ...(context ? [`--context=${context}`] : [])];

  async function call(args: string[], { isSafe = false, ...run }: Limits & { isSafe?: boolean } = {}) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await kubectl([...base, ...args], { ...run, ...(signal && { signal }) });
      } catch (error) {
        const canRetry = isSafe && TEMPORARY.test((error as Error).message);
        if (!canRetry || attempt === ATTEMPTS || signal?.aborted) throw error;
        await delay(PAUSE_MS);
      }
    }
  }

  return {
    namespace,
    call,
    /** The first arguments of each call of kubectl. port-forward.ts also uses these arguments. */
    base,
    async find(kind: string, name: string): Promise<KubeObject | undefined> {
      const text = await call(['get', kind, name, '--ignore-not-found', '--output=json'], { isSafe: true });
      return text.trim() === '' ? undefined : (JSON.parse(text) as KubeObject);
    },
    async list(kind: string, selector?: string): Promise<KubeObject[]> {
      const filter = selector ? [`--selector=${selector}`] : [];
      const text = await call(['get', kind, ...filter, '--output=json'], { isSafe: true });
      return (JSON.parse(text) as { items: KubeObject[] }).items;
    },
    async apply(objects: KubeObject[]): Promise<void> {
      if (objects.length === 0) return;
      // The pipeline has validated the manifests. A validation here would download megabytes of schema in each call.
      await call(['apply', '--filename=-', '--validate=false'], { input: listOf(objects), isSafe: true });
    },
    /** Sends a request to delete objects, and does not wait until the objects are deleted. */
    async remove(kind: string, names: string[]): Promise<void> {
      if (names.length > 0)
        await call(['delete', kind, ...names, '--ignore-not-found', '--wait=false'], { isSafe: true });
    },
  };
}

export function listOf(items: KubeObject[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** Runs kubectl once. @throws Refusal with the output of kubectl */
export function kubectl(args: string[], limits: Limits = {}): Promise<string> {
  const command = args.filter((arg) => !arg.startsWith('-')).slice(0, 3);
  // Ctrl-C must not end kubectl during a return to the former release. runProgram protects a program from Ctrl-C if the
  // caller passes an AbortSignal, so the default is an AbortSignal that never aborts.
  const { signal = new AbortController().signal, timeoutMs = TIMEOUT_MS, input } = limits;
  return runProgram('kubectl', args, { signal, timeoutMs, input, failure: `kubectl ${command.join(' ')} failed` });
}
