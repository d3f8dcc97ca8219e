import { spawn } from 'node:child_process';
import { Refusal } from '../../terminal.ts';
import type { Kubectl } from './kubectl.ts';

const READY_MS = 20_000;

/** Forwards a local port through the API server to a pod, or to a pod of a Service, while the work runs. */
export async function throughPort<Value>(
  kubectl: Kubectl,
  target: string,
  port: number,
  work: (url: string) => Promise<Value>,
): Promise<Value> {
  const args = [...kubectl.base, 'port-forward', '--address=127.0.0.1', target, `:${port}`];
  const child = spawn('kubectl', args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      const fail = () => reject(new Refusal(`${said}\n\nkubectl port-forward ${target} failed.`));
      setTimeout(fail, READY_MS).unref();
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          said = `${said}${chunk}`.slice(-2_000);
          const local = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
          if (local) resolve(`http://127.0.0.1:${local}`);
        });
      }
      child.once('error', fail).once('close', fail);
    });
    return await work(url);
  } finally {
    child.kill('SIGTERM');
  }
}
