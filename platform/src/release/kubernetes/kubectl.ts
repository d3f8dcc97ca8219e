import { setTimeout as delay } from 'node:timers/promises';
import { runProgram } from '../../processes/run-program.ts';

const TIMEOUT_MS = 240_000;
/** Texts of temporary errors: the API server is starting, or a connection to it broke. */
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

/** Whether a condition of the object is true. */
export function hasCondition(object: KubeObject, wanted: string): boolean {
  return (statusOf(object).conditions ?? []).some(({ type, status }) => type === wanted && status === 'True');
}

/** Returns the image of the first container of a pod, or of the pods that a Deployment or Job creates. */
export function imageOf({ spec }: KubeObject): string {
  const { template } = spec as { template?: { spec: object } };
  const { containers } = (template?.spec ?? spec) as { containers: { image: string }[] };
  return containers[0]?.image ?? '';
}

/** kubectl with a fixed namespace. */
export type Kubectl = ReturnType<typeof openKubectl>;

interface Limits {
  input?: string;
  timeoutMs?: number;
  /** Ends kubectl when it aborts. */
  signal?: AbortSignal;
}

/**
 * Returns functions that call kubectl. A call with `isSafe`, such as a read, is repeated up to four times after a
 * temporary error.
 */
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
    /** The first arguments of each call. port-forward.ts needs them too. */
    base,
    /** Returns undefined if the object does not exist. */
    async find(kind: string, name: string): Promise<KubeObject | undefined> {
      const text = await call(['get', kind, name, '--ignore-not-found', '--output=json'], { isSafe: true });
      return text.trim() === '' ? undefined : (JSON.parse(text) as KubeObject);
    },
    /** Returns the objects of a kind, or only those that match the label selector. */
    async list(kind: string, selector?: string): Promise<KubeObject[]> {
      const filter = selector ? [`--selector=${selector}`] : [];
      const text = await call(['get', kind, ...filter, '--output=json'], { isSafe: true });
      return (JSON.parse(text) as { items: KubeObject[] }).items;
    },
    async apply(objects: KubeObject[]): Promise<void> {
      if (objects.length === 0) return;
      // With validation, each call would download megabytes of schema. The pipeline has validated the manifests.
      await call(['apply', '--filename=-', '--validate=false'], { input: listOf(objects), isSafe: true });
    },
    /** Requests the removal, and does not wait for it. */
    async remove(kind: string, names: string[]): Promise<void> {
      if (names.length > 0)
        await call(['delete', kind, ...names, '--ignore-not-found', '--wait=false'], { isSafe: true });
    },
  };
}

/** Returns objects as the JSON text of one List. */
export function listOf(items: KubeObject[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** Runs kubectl once. @throws Refusal with the output of kubectl */
export function kubectl(args: string[], limits: Limits = {}): Promise<string> {
  const command = args.filter((arg) => !arg.startsWith('-')).slice(0, 3);
  // Given a signal, runProgram keeps Ctrl-C from kubectl. Ctrl-C must not interrupt a return to the former release.
  const { signal = new AbortController().signal, timeoutMs = TIMEOUT_MS, input } = limits;
  return runProgram('kubectl', args, { signal, timeoutMs, input, failure: `kubectl ${command.join(' ')} failed` });
}
