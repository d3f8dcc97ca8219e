import { claimDataDirectory } from './data-directory.ts';
import { takeLock } from './lock.ts';
import { listenForShutdown, type Shutdown } from './shutdown.ts';
import { readSettings, type Settings } from '../settings.ts';
import { progress, runCommand } from '../terminal.ts';

/**
 * Runs a command that stays in the foreground until Ctrl-C, one at a time for a data directory, and then closes what
 * it opened. The exit code is 0 after a clean stop, 1 when the command cannot start.
 * @param name the command's name in messages
 */
export function runUntilStopped(
  name: string,
  bringUp: (settings: Settings, shutdown: Shutdown) => Promise<void>,
): Promise<void> {
  return runCommand(async () => {
    const settings = readSettings();
    await claimDataDirectory(settings.dataDirectory); // mark the directory before the lock is written into it
    const lock = await takeLock(settings.dataDirectory, name);
    const shutdown = listenForShutdown(settings.dataDirectory);
    shutdown.onClose(() => lock.release());
    try {
      await bringUp(settings, shutdown);
      await shutdown.requested();
    } catch (error) {
      if (!shutdown.signal.aborted) throw error; // if the user stopped the start, a failure does not matter
    } finally {
      await shutdown.close();
    }
    progress('Stopped');
  });
}
