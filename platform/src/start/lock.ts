/** Allows one platform for each data directory. A lock file names the process that has the lock. A killed process does not keep the lock. */
import { link, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordProcess, recordedProcess, type ProcessRecord } from '../processes/processes.ts';
import { Refusal } from '../terminal.ts';

/**
 * Takes the lock of a data directory until this process ends. The message to a second process names this process by
 * `command`.
 * @throws Refusal when a running process has the lock
 */
export async function takeLock(directory: string, command: string): Promise<{ release: () => Promise<void> }> {
  await mkdir(directory, { recursive: true });
  const lock = join(directory, 'lock');
  const mine = `${lock}.${process.pid}`;
  await recordProcess(mine, process.pid, command);
  try {
    // A hard link cannot replace an existing file, so only one of two concurrent processes succeeds.
    while (!(await linked(mine, lock))) await removeStale(lock, directory);
  } finally {
    await rm(mine, { force: true });
  }
  return { release: () => rm(lock, { force: true }) };
}

async function removeStale(lock: string, directory: string): Promise<void> {
  const holder = await recordedProcess(lock);
  if (holder) throw taken(holder, directory);
  const aside = `${lock}.stale.${process.pid}`;
  await rename(lock, aside).catch(() => undefined); // fails if another process has moved the old lock
  const faster = await recordedProcess(aside);
  if (faster) await linked(aside, lock); // If a third process took the lock before the rename, give it back.
  await rm(aside, { force: true });
  if (faster) throw taken(faster, directory);
}

function taken({ command, pid }: ProcessRecord, directory: string): Refusal {
  return new Refusal(
    `${command} is running already (pid ${pid}) with the data in ${directory}. Stop it with Ctrl-C where it runs, or: kill ${pid}`,
  );
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
