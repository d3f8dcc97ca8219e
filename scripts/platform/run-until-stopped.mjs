// @ts-check
import { takeLock } from './lock.mjs';
import { readSettings } from './settings.mjs';
import { listenForShutdown } from './shutdown.mjs';
import { Refusal, progress, runCommand } from './terminal.mjs';

/**
 * Runs a command that stays in the foreground: one at a time a data directory, until Ctrl-C, and then closes what it opened.
 * Exit code 0 after a clean stop, 1 when it cannot start.
 * @param {{ name: string, args: string[], options: string[] }} command what it was called with, and what it takes
 * @param {(settings: import('./settings.mjs').Settings, shutdown: import('./shutdown.mjs').Shutdown) => Promise<void>} bringUp
 */
export function runUntilStopped({ name, args, options }, bringUp) {
  return runCommand(async () => {
    const unknown = args.find((arg) => !options.includes(arg));
    if (unknown) throw new Refusal(`${name} does not know ${unknown}. It takes ${options.join(' and ')}.`);
    const settings = readSettings();
    const lock = await takeLock(settings.dataDirectory, name);
    const shutdown = listenForShutdown(settings.dataDirectory);
    shutdown.onClose(() => lock.release());
    try {
      await bringUp(settings, shutdown);
      await shutdown.requested();
    } catch (error) {
      if (!shutdown.signal.aborted) throw error; // what the user has ended need not succeed
    } finally {
      await shutdown.close();
    }
    progress('Stopped');
  });
}
