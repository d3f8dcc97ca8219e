/** One platform for a data directory: a lock that names its holder. A holder that was killed does not keep it. */
import { link, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordProcess, recordedProcess, type ProcessRecord } from '../processes/processes.ts';
import { Refusal } from '../terminal.ts';

/**
 * Takes the lock of a data directory, for as long as this process lives. If a second process is refused, the refusal
 * names this process by `command`.
 * @throws Refusal when a living process holds the lock
 */
export async function takeLock(directory: string, command: string): Promise<{ release: () => Promise<void> }> {
  await mkdir(directory, { recursive: true });
  const lock = join(directory, 'lock');
  const mine = `${lock}.${process.pid}`;
  await recordProcess(mine, process.pid, command);
  try {
    // A link is made only if none exists: of two concurrent processes, one succeeds.
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
  await rename(lock, aside).catch(() => undefined); // another process has removed it
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
