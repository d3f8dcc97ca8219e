// @ts-check
/** How the platform ends: last opened, first closed; a second Ctrl-C does not wait. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { recordedProcess, sendGroup } from '../../platform/src/processes/processes.ts';
import { progress } from './terminal.mjs';

/** One Ctrl-C arrives twice below npm: from the terminal, and passed on by npm. What comes so soon is no second one. */
const ECHO_MS = 500;

/**
 * @typedef {object} Shutdown
 * @property {AbortSignal} signal aborted when the end has begun
 * @property {(close: () => Promise<unknown>) => void} onClose registers what the end does, in reverse order
 * @property {() => Promise<void>} close runs what was registered; what fails does not keep the rest from closing
 * @property {() => Promise<void>} requested resolves when the user asks for the end
 */

/**
 * Listens for Ctrl-C, SIGTERM and a closed terminal. A second one kills every process that is recorded in the directory, and exits 1.
 * @param {string} directory
 * @returns {Shutdown}
 */
export function listenForShutdown(directory) {
  const ending = new AbortController();
  let firstAt = -Infinity;
  /** @type {(() => Promise<unknown>)[]} */
  const closers = [];
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => {
      if (performance.now() - firstAt < ECHO_MS) return;
      if (ending.signal.aborted) return void force(directory);
      firstAt = performance.now();
      process.stderr.write('\n');
      progress('Stopping; once more to stop at once');
      ending.abort();
    });
  }
  return {
    signal: ending.signal,
    onClose: (close) => void closers.push(close),
    async close() {
      ending.abort();
      for (const close of closers.reverse()) {
        await close().catch((error) => progress(`While stopping: ${error.message}`));
      }
    },
    requested: () =>
      new Promise((resolve) => {
        if (ending.signal.aborted) return resolve();
        const awake = setInterval(() => undefined, 60_000); // with stores that are given, nothing else may keep this process alive
        ending.signal.addEventListener('abort', () => resolve(clearInterval(awake)), { once: true });
      }),
  };
}

/** @param {string} directory */
async function force(directory) {
  progress('Stopping at once');
  for (const name of await readdir(directory)) {
    const record = name.endsWith('.pid') ? await recordedProcess(join(directory, name)) : undefined;
    if (record) sendGroup(record.pid, 'SIGKILL');
  }
  process.exit(1);
}
