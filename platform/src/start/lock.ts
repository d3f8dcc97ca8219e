/**
 * Allows one platform for each data directory. The lock is the file `lock.N` with the highest number, and names the
 * process that has the lock. A killed process does not keep the lock: the next process makes a file with a higher number.
 */
import { link, mkdir, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { recordProcess, recordedProcess, type ProcessRecord } from '../processes/processes.ts';
import { Refusal } from '../terminal.ts';

/**
 * Takes the lock of a data directory until this process ends.
 * @param command names this process in the message that a second process prints
 * @throws Refusal when a running process has the lock
 */
export async function takeLock(directory: string, command: string): Promise<{ release: () => Promise<void> }> {
  await mkdir(directory, { recursive: true });
  const mine = join(directory, `lock.of-${process.pid}`);
  await recordProcess(mine, process.pid, command);
  try {
    for (;;) {
      const last = await lastNumber(directory);
      const holder = await recordedProcess(fileOf(directory, last));
      if (holder) throw taken(holder, directory);
      const lock = fileOf(directory, last + 1);
      // A hard link cannot replace an existing file, so only one of two concurrent processes makes this number.
      if (!(await linked(mine, lock))) continue;
      if ((await lastNumber(directory)) === last + 1) {
        for (const number of await numbers(directory))
          if (number <= last) await rm(fileOf(directory, number), { force: true });
        // The file stays, because a slower process may still try to make its number. An empty file names no process.
        return { release: () => truncate(lock) };
      }
      await rm(lock, { force: true }); // a faster process has made a file with a higher number
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** Returns the running process that has the lock of a data directory. */
export async function lockHolder(directory: string): Promise<ProcessRecord | undefined> {
  return recordedProcess(fileOf(directory, await lastNumber(directory)));
}

/** Returns the numbers of the lock files. The file `lock` of release 0.1.0 has the number 0. */
async function numbers(directory: string): Promise<number[]> {
  const files = await readdir(directory).catch(() => []);
  return files.flatMap((file) => (/^lock(?:\.\d+)?$/.test(file) ? [Number(file.slice('lock.'.length))] : []));
}

const lastNumber = async (directory: string) => Math.max(0, ...(await numbers(directory)));

const fileOf = (directory: string, number: number) => join(directory, number === 0 ? 'lock' : `lock.${number}`);

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
