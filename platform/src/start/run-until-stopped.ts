import { claimDataDirectory } from './data-directory.ts';
import { takeLock } from './lock.ts';
import { listenForShutdown, type Shutdown } from './shutdown.ts';
import { readSettings, type Settings } from '../settings.ts';
import { progress, runCommand } from '../terminal.ts';

/**
 * Runs a command in the foreground until Ctrl-C, and then its closers. Only one such command at a time can use a data
 * directory. The exit code is 0 after a clean stop, and 1 when the command cannot start.
 */
export function runUntilStopped(
  name: string,
  bringUp: (settings: Settings, shutdown: Shutdown) => Promise<void>,
): Promise<void> {
  return runCommand(async () => {
    const settings = readSettings();
    await claimDataDirectory(settings.dataDirectory); // first, because the lock would make the directory non-empty
    const lock = await takeLock(settings.dataDirectory, name);
    const shutdown = listenForShutdown(settings.dataDirectory);
    shutdown.onClose(() => lock.release());
    try {
      await bringUp(settings, shutdown);
      await shutdown.requested();
    } catch (error) {
      if (!shutdown.signal.aborted) throw error; // after Ctrl-C, a start that fails is expected
    } finally {
      await shutdown.close();
    }
    progress('Stopped');
  });
}
