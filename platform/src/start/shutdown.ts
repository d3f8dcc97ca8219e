/** How a foreground command ends: resources close in reverse order; a second Ctrl-C does not wait. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { recordedProcess, sendGroup } from '../processes/processes.ts';
import { progress } from '../terminal.ts';

/** Below npm, one Ctrl-C arrives twice: from the terminal, and forwarded by npm. The second one within this time is ignored. */
const ECHO_MS = 500;

/** What a foreground command closes at its end. */
export interface Shutdown {
  /** Aborted when the end has begun. */
  signal: AbortSignal;
  /** Registers a closer. The closer that was registered last runs first. */
  onClose: (close: () => Promise<unknown>) => void;
  /** Runs the registered closers. One that fails does not keep the others from running. */
  close: () => Promise<void>;
  /** Resolves when the user requests the end. */
  requested: () => Promise<void>;
}

/** Listens for Ctrl-C, SIGTERM and a closed terminal. A second one kills every process that is recorded in the directory, and exits with 1. */
export function listenForShutdown(directory: string): Shutdown {
  const ending = new AbortController();
  let firstAt = -Infinity;
  const closers: (() => Promise<unknown>)[] = [];
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (performance.now() - firstAt < ECHO_MS) return;
      if (ending.signal.aborted) return void force(directory);
      firstAt = performance.now();
      process.stderr.write('\n');
      progress('Stopping. Press Ctrl-C again to stop at once');
      ending.abort();
    });
  }
  return {
    signal: ending.signal,
    onClose: (close) => void closers.push(close),
    async close() {
      ending.abort();
      for (const close of closers.reverse()) {
        await close().catch((error: unknown) => progress(`While stopping: ${(error as Error).message}`));
      }
    },
    requested: () =>
      new Promise((resolve) => {
        if (ending.signal.aborted) return resolve();
        // If all stores are given, nothing else keeps this process alive.
        const awake = setInterval(() => undefined, 60_000);
        ending.signal.addEventListener('abort', () => resolve(clearInterval(awake)), { once: true });
      }),
  };
}

async function force(directory: string): Promise<void> {
  progress('Stopping at once');
  for (const name of await readdir(directory)) {
    const record = name.endsWith('.pid') ? await recordedProcess(join(directory, name)) : undefined;
    if (record) sendGroup(record.pid, 'SIGKILL');
  }
  process.exit(1);
}
