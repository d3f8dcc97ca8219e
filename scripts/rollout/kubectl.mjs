// @ts-check
import { spawn } from 'node:child_process';
import { Refusal } from '../../platform/src/terminal.ts';

/** An API server that has much to do takes its time, and to ask it again only gives it more. */
const TIMEOUT_MS = 240_000;
/** What the API server says while it starts, or when a connection to it broke: the same again may work. */
const PASSING =
  /connection refused|connection reset|i\/o timeout|TLS handshake timeout|etcdserver|EOF|too many requests/i;
const ATTEMPTS = 5;
const PAUSE_MS = 1_000;

/** @typedef {{ apiVersion: string, kind: string, metadata: { name: string, namespace?: string, labels?: Record<string, string>, annotations?: Record<string, string>, [field: string]: any }, [field: string]: any }} KubeObject */
/** @typedef {ReturnType<typeof openKubectl>} Kubectl */

/** kubectl ended with an error. */
export class KubectlError extends Error {
  /** @override */
  name = 'KubectlError';

  /** @param {string} command @param {string} output */
  constructor(command, output) {
    super(`kubectl ${command} failed: ${output.trim() || 'it said nothing'}`);
    this.output = output;
  }

  /** Somebody changed the object since it was read, or made it meanwhile. */
  get isConflict() {
    return /\((Conflict|AlreadyExists)\)|the object has been modified/.test(this.output);
  }
}

/**
 * kubectl, bound to one namespace. Reads and applies are tried again while the API server cannot be reached.
 * @param {{ namespace: string, context?: string | undefined, signal?: AbortSignal | undefined }} options signal: ends the command under way
 */
export function openKubectl({ namespace, context, signal }) {
  const base = [`--namespace=${namespace}`, ...(context ? [`--context=${context}`] : [])];

  /** @param {string[]} args @param {{ input?: string, timeoutMs?: number, isSafe?: boolean }} [options] isSafe: doing it twice is doing it once */
  async function call(args, { input, timeoutMs = TIMEOUT_MS, isSafe = false } = {}) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await kubectl([...base, ...args], { input, timeoutMs, signal });
      } catch (error) {
        const mayPass = error instanceof KubectlError && PASSING.test(error.output);
        if (!isSafe || !mayPass || attempt === ATTEMPTS || signal?.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  return {
    namespace,
    call,
    /** The command line's first arguments, for a child that goes on. */
    base,
    /** @param {string} kind @param {string} name @returns {Promise<KubeObject | undefined>} undefined where there is none */
    async find(kind, name) {
      const text = await call(['get', kind, name, '--ignore-not-found', '--output=json'], { isSafe: true });
      return text.trim() === '' ? undefined : JSON.parse(text);
    },
    /** @param {string} kind @param {string} [selector] @returns {Promise<KubeObject[]>} */
    async list(kind, selector) {
      const filter = selector ? [`--selector=${selector}`] : [];
      return JSON.parse(await call(['get', kind, ...filter, '--output=json'], { isSafe: true })).items;
    },
    /** @param {KubeObject[]} objects */
    async apply(objects) {
      if (objects.length === 0) return;
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
      // Without kubectl's validation: it fetches megabytes of schema each time, and `npm run manifests` has checked the same.
      await call(['apply', '--filename=-', '--validate=false'], { input, isSafe: true });
    },
    /** Makes an object that must not exist, or replaces the very version that was read. @param {'create' | 'replace'} how @param {KubeObject} object @throws KubectlError with isConflict where somebody was faster */
    async write(how, object) {
      return JSON.parse(await call([how, '--filename=-', '--output=json'], { input: JSON.stringify(object) }));
    },
    /** @param {string} kind @param {string} name @param {object} patch merged into it */
    async patch(kind, name, patch) {
      await call(['patch', kind, name, '--type=merge', `--patch=${JSON.stringify(patch)}`], { isSafe: true });
    },
    /** Ordered, not waited for. @param {string} kind @param {string[]} names */
    async remove(kind, names) {
      if (names.length === 0) return;
      await call(['delete', kind, ...names, '--ignore-not-found', '--wait=false'], { isSafe: true });
    },
  };
}

/**
 * @param {string[]} args
 * @param {{ input?: string | undefined, timeoutMs?: number, signal?: AbortSignal | undefined }} [options]
 * @returns {Promise<string>} what it printed
 * @throws Refusal where there is no kubectl, KubectlError with what it said
 */
export function kubectl(args, { input, timeoutMs = TIMEOUT_MS, signal } = {}) {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    // In a group of its own: Ctrl-C in the terminal reaches it through us alone.
    const child = spawn('kubectl', args, { detached: true, signal: limit, stdio: 'pipe' });
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk) => (output += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk) => (errors += chunk));
    child.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'ENOENT') return reject(new Refusal('kubectl is not installed, or not on the PATH.'));
      if (signal?.aborted) return reject(signal.reason);
      reject(new KubectlError(nameOf(args), limit.aborted ? `no end within ${timeoutMs / 1_000} s` : error.message));
    });
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new KubectlError(nameOf(args), errors));
    });
    child.stdin.on('error', () => undefined); // it ended before it had read all
    child.stdin.end(input);
  });
}

/** @param {string[]} args */
function nameOf(args) {
  return args
    .filter((arg) => !arg.startsWith('-'))
    .slice(0, 3)
    .join(' ');
}
