// @ts-check
import { spawn } from 'node:child_process';
import { KubectlError } from './kubectl.mjs';

const READY_MS = 20_000;

/**
 * A way from this machine to one pod, or to any pod of a Service, by the API server: works wherever kubectl does.
 * @template T
 * @param {import('./kubectl.mjs').Kubectl} kubectl
 * @param {string} target like service/gateway or pod/gateway-1234
 * @param {number} port
 * @param {(url: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function throughPort(kubectl, target, port, work) {
  const args = [...kubectl.base, 'port-forward', '--address=127.0.0.1', target, `:${port}`];
  const child = spawn('kubectl', args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    return await work(await urlOf(child, target));
  } finally {
    child.kill('SIGTERM');
  }
}

/** @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child @param {string} target @returns {Promise<string>} */
function urlOf(child, target) {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = () => reject(new KubectlError(`port-forward ${target}`, said));
    const late = setTimeout(fail, READY_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
        said = `${said}${chunk}`.slice(-2_000);
        const port = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
        if (!port) return;
        clearTimeout(late);
        resolve(`http://127.0.0.1:${port}`);
      });
    }
    child.once('error', fail);
    child.once('close', () => {
      clearTimeout(late);
      fail();
    });
  });
}
