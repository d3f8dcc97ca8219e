/** Ends a foreground command, and closes its resources in reverse order. A second Ctrl-C ends the command at once. */
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { recordedProcess, sendGroup } from '../processes/processes.ts';
import { readSettings, type Settings } from '../settings.ts';
import { progress } from '../terminal.ts';
import { claimDataDirectory } from './data-directory.ts';
import { takeLock } from './lock.ts';

/** The terminal and npm each send Ctrl-C to this process. A second signal within this time is the same Ctrl-C. */
const ECHO_MS = 500;

export interface Shutdown {
  /** Aborts when the command begins to end. */
  signal: AbortSignal;
  /** The closer that was registered last runs first. */
  onClose: (close: () => Promise<unknown>) => void;
  /** Runs the registered closers. If a closer fails, the others run nevertheless. */
  close: () => Promise<void>;
}

/** Locks the data directory, runs a command until Ctrl-C, and then runs the closers. */
export async function runUntilStopped(
  name: string,
  bringUp: (settings: Settings, shutdown: Shutdown) => Promise<void>,
): Promise<void> {
  const settings = readSettings();
  await claimDataDirectory(settings.dataDirectory); // before the lock, because only an empty directory gets the marker file
  const lock = await takeLock(settings.dataDirectory, name);
  const shutdown = listenForShutdown(settings.dataDirectory);
  shutdown.onClose(() => lock.release());
  try {
    await bringUp(settings, shutdown);
    const awake = setInterval(() => undefined, 60_000); // if all stores are given, this timer keeps Node.js running
    if (!shutdown.signal.aborted) await once(shutdown.signal, 'abort');
    clearInterval(awake);
  } catch (error) {
    if (!shutdown.signal.aborted) throw error; // Ctrl-C makes an unfinished start fail
  } finally {
    await shutdown.close();
  }
  progress('Stopped');
}

/** Listens for Ctrl-C, SIGTERM and a closed terminal. A second signal kills the processes that are recorded in `directory`. */
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
