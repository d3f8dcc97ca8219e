import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '@mainstay/platform/logs/log-store';
import type { ChildProcess } from 'node:child_process';

/** A machine that has much to do starts a JVM slowly. */
const startMaxMs = 540_000;

/** A log store that can be killed: the command runs it in the foreground, in a process group of its own. */
export function openStoreProcess({ command, url }: { command: string; url: string }) {
  let running: ChildProcess | undefined;
  const answers = async () => {
    const path = '/_cluster/health?wait_for_status=yellow&timeout=1s';
    const reply = await ask({ url }, 'GET', path).catch(() => undefined);
    return reply?.status === 200;
  };

  /** kill -9, of the command and all that it has started. */
  async function kill() {
    const killed = running;
    if (!killed?.pid || killed.exitCode !== null || killed.signalCode !== null) return;
    const ended = new Promise((resolve) => killed.once('exit', resolve));
    process.kill(-killed.pid, 'SIGKILL');
    await ended;
  }

  return {
    kill,
    /** @throws Error where something answers there already, or nothing does in time */
    async start() {
      if (await answers()) throw new Error(`something else answers at ${url}: this run needs a store that it can kill`);
      const child = spawn('/bin/sh', ['-c', `exec ${command}`], {
        detached: true,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      running = child;
      const beganMs = performance.now();
      while (!(await answers())) {
        if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
        if (performance.now() - beganMs > startMaxMs) throw new Error(`${command} does not answer at ${url}`);
        await delay(250);
      }
    },
  };
}
