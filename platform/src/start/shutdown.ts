/** Ctrl-C ends a foreground command and closes its resources. A second Ctrl-C ends the command at once. */
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { recordedProcess, sendGroup } from '../processes/processes.ts';
import { readSettings, type Settings } from '../settings.ts';
import { progress } from '../terminal.ts';
import { claimDataDirectory } from './data-directory.ts';
import { takeLock } from './lock.ts';

/** Milliseconds in which a second signal is ignored. For one Ctrl-C, the terminal and npm each send a signal. */
const ECHO_MS = 500;

export interface Shutdown {
  /** Aborts at the first Ctrl-C, or when `close` is called. */
  signal: AbortSignal;
  /** Registers a closer. `close` runs the closers in reverse order. */
  onClose: (close: () => Promise<unknown>) => void;
  /** Runs all closers, even if a closer fails. */
  close: () => Promise<void>;
}

/** Locks the data directory, runs a command until Ctrl-C, and then calls the functions that `onClose` registered. */
export async function runUntilStopped(
  name: string,
  bringUp: (settings: Settings, shutdown: Shutdown) => Promise<void>,
): Promise<void> {
  const settings = readSettings();
  // takeLock writes a file, and claimDataDirectory marks only an empty directory. So claim the directory first.
  await claimDataDirectory(settings.dataDirectory);
  const lock = await takeLock(settings.dataDirectory, name);
  const shutdown = listenForShutdown(settings.dataDirectory);
  shutdown.onClose(() => lock.release());
  try {
    await bringUp(settings, shutdown);
    // If the user runs all stores, only this timer keeps Node.js running.
    const awake = setInterval(() => undefined, 60_000);
    if (!shutdown.signal.aborted) await once(shutdown.signal, 'abort');
    clearInterval(awake);
  } catch (error) {
    if (!shutdown.signal.aborted) throw error; // after Ctrl-C, this error is expected
  } finally {
    await shutdown.close();
  }
  progress('Stopped');
}

/** Listens for Ctrl-C, SIGTERM and a closed terminal. A second signal kills the processes recorded in `directory`. */
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
