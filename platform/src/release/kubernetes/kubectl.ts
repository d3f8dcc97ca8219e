import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal } from '../../terminal.ts';

const TIMEOUT_MS = 240_000;
/** Errors that may pass, so that the same call may succeed later: the API server starts, or a connection to it broke. */
const PASSING =
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

/** The status that a pod, a Deployment or a Job reports. */
export interface Status {
  phase?: string;
  succeeded?: number;
  conditions?: { type: string; status: string; message?: string }[];
  containerStatuses?: ContainerStatus[];
}

interface ContainerStatus {
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string } };
}

/** Returns the status of an object. The status is empty until a controller has written it. */
export function statusOf(object: KubeObject): Status {
  return (object.status as Status | undefined) ?? {};
}

/** Whether a condition of the object is true. */
export function hasCondition(object: KubeObject, type: string): boolean {
  return (statusOf(object).conditions ?? []).some(
    (condition) => condition.type === type && condition.status === 'True',
  );
}

/** Returns the image of the first container of a pod, or of the pods that an object creates. */
export function imageOf(object: KubeObject): string {
  const spec = object.spec as { containers?: Container[]; template?: { spec: { containers: Container[] } } };
  return (spec.template?.spec.containers ?? spec.containers)?.[0]?.image ?? '';
}

interface Container {
  image: string;
}

/**
 * Calls `read` every second until it returns a value other than false.
 * @throws the error that `late` returns, after `withinMs`
 */
export async function until<Value>(
  withinMs: number,
  read: () => Promise<Value | false>,
  late: () => Error,
): Promise<Value> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (value !== false) return value;
    if (performance.now() > giveUpAt) throw late();
    await delay(PAUSE_MS);
  }
}

/** kubectl with a fixed namespace. */
export type Kubectl = ReturnType<typeof openKubectl>;

interface CallOptions {
  input?: string;
  timeoutMs?: number;
  /** Two calls have the same effect as one, so the call may be repeated. */
  isSafe?: boolean;
}

/** kubectl ended with an error. */
export class KubectlError extends Error {
  override name = 'KubectlError';
  readonly output: string;

  constructor(command: string, output: string) {
    super(`kubectl ${command} failed: ${output.trim() || 'it printed nothing'}`);
    this.output = output;
  }
}

/** Returns functions that call kubectl. Safe calls, such as reads and applies, are repeated while the API server cannot be reached. `signal` ends the current call. */
export function openKubectl({
  namespace,
  context,
  signal,
}: {
  namespace: string;
  context?: string | undefined;
  signal?: AbortSignal | undefined;
}) {
  const base = [`--namespace=${namespace}`, ...(context ? [`--context=${context}`] : [])];

  async function call(args: string[], { input, timeoutMs = TIMEOUT_MS, isSafe = false }: CallOptions = {}) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await kubectl([...base, ...args], { input, timeoutMs, signal });
      } catch (error) {
        const mayPass = error instanceof KubectlError && PASSING.test(error.output);
        if (!isSafe || !mayPass || attempt === ATTEMPTS || signal?.aborted) throw error;
        await delay(PAUSE_MS);
      }
    }
  }

  return {
    namespace,
    call,
    /** The first arguments of each call, for kubectl port-forward, which runs as a separate process. */
    base,
    /** Returns undefined if the object does not exist. */
    async find(kind: string, name: string): Promise<KubeObject | undefined> {
      const text = await call(['get', kind, name, '--ignore-not-found', '--output=json'], { isSafe: true });
      return text.trim() === '' ? undefined : (JSON.parse(text) as KubeObject);
    },
    /** Returns all objects of a kind, or only the objects with a label. */
    async list(kind: string, selector?: string): Promise<KubeObject[]> {
      const filter = selector ? [`--selector=${selector}`] : [];
      const text = await call(['get', kind, ...filter, '--output=json'], { isSafe: true });
      return (JSON.parse(text) as { items: KubeObject[] }).items;
    },
    async apply(objects: KubeObject[]): Promise<void> {
      if (objects.length === 0) return;
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
      // Client-side validation would download megabytes of schema for each call. The pipeline has validated the manifests.
      await call(['apply', '--filename=-', '--validate=false'], { input, isSafe: true });
    },
    /** Merges a patch into an object. */
    async patch(kind: string, name: string, patch: object): Promise<void> {
      await call(['patch', kind, name, '--type=merge', `--patch=${JSON.stringify(patch)}`], { isSafe: true });
    },
    /** Requests the removal and does not wait for its end. */
    async remove(kind: string, names: string[]): Promise<void> {
      if (names.length > 0)
        await call(['delete', kind, ...names, '--ignore-not-found', '--wait=false'], { isSafe: true });
    },
  };
}

/**
 * Runs kubectl once.
 * @returns the output of kubectl
 * @throws Refusal if kubectl is not installed, KubectlError with the error output if kubectl fails
 */
export function kubectl(
  args: string[],
  {
    input,
    timeoutMs = TIMEOUT_MS,
    signal,
  }: { input?: string | undefined; timeoutMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    // In its own process group kubectl does not get Ctrl-C from the terminal, so this process decides when kubectl ends.
    const child = spawn('kubectl', args, { detached: true, signal: limit, stdio: 'pipe' });
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    const command = args.filter((arg) => !arg.startsWith('-')).slice(0, 3);
    const failed = (text: string) => new KubectlError(command.join(' '), text);
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') reject(new Refusal('kubectl is not installed, or not on PATH.'));
      else if (signal?.aborted) reject(signal.reason as Error);
      else reject(failed(limit.aborted ? `no end within ${timeoutMs / 1_000} s` : error.message));
    });
    child.once('close', (code) => (code === 0 ? resolve(output) : reject(failed(errors))));
    child.stdin.on('error', () => undefined); // kubectl may end before it has read all input
    child.stdin.end(input);
  });
}
