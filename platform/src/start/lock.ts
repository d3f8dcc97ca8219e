/** Allows one running platform for each data directory. The file `lock.<pid>` is valid while process <pid> runs. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordProcess, recordedProcess, type ProcessRecord } from '../processes/processes.ts';
import { Refusal } from '../terminal.ts';

/** `command` names this process in the error of a later process. @throws Refusal when a running process has the lock */
export async function takeLock(directory: string, command: string): Promise<{ release: () => Promise<void> }> {
  await mkdir(directory, { recursive: true });
  const mine = join(directory, `lock.${process.pid}`);
  const release = () => rm(mine, { force: true });
  // Write the lock file of this process before reading all lock files. So, if two processes run this function at the
  // same time, at least one process finds the lock file of the other process.
  await recordProcess(mine, process.pid, command);
  const holder = await lockHolder(directory);
  if (!holder) {
    // Every other lock file belongs to an ended process, or to a process that now finds the lock file of this process
    // and refuses to start. So delete all lock files except `mine`.
    for (const file of await lockFiles(directory))
      if (join(directory, file) !== mine) await rm(join(directory, file), { force: true });
    return { release };
  }
  await release();
  throw new Refusal(
    `${holder.command} is running already (pid ${holder.pid}) with the data in ${directory}. Stop it with Ctrl-C where it runs, or: kill ${holder.pid}`,
  );
}

/** Returns the running process that has the lock of a data directory. Ignores the lock of this process. */
export async function lockHolder(directory: string): Promise<ProcessRecord | undefined> {
  const files = await lockFiles(directory);
  const holders = await Promise.all(files.map((file) => recordedProcess(join(directory, file))));
  return holders.find((holder) => holder !== undefined && holder.pid !== process.pid);
}

const lockFiles = async (directory: string) =>
  (await readdir(directory).catch(() => [])).filter((file) => /^lock(\.\d+)?$/.test(file));
