// @ts-check
/** One platform a data directory: a lock that names its holder, and that a killed holder does not keep. */
import { link, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordProcess, recordedProcess } from '../../platform/src/processes/processes.ts';
import { Refusal } from './terminal.mjs';

/**
 * Takes the lock of a data directory, for as long as this process lives.
 * @param {string} directory
 * @param {string} command what this process is called in the sentence for whoever comes second
 * @returns {Promise<{ release(): Promise<void> }>}
 * @throws Refusal when a living process holds it
 */
export async function takeLock(directory, command) {
  await mkdir(directory, { recursive: true });
  const lock = join(directory, 'lock');
  const mine = `${lock}.${process.pid}`;
  await recordProcess(mine, process.pid, command);
  try {
    // A link is made only where there is none: of two that come at once, one gets it.
    while (!(await linked(mine, lock))) await removeStale(lock, directory);
  } finally {
    await rm(mine, { force: true });
  }
  return { release: () => rm(lock, { force: true }) };
}

/**
 * @param {string} lock
 * @param {string} directory
 */
async function removeStale(lock, directory) {
  const holder = await recordedProcess(lock);
  if (holder) throw taken(holder, directory);
  const aside = `${lock}.stale.${process.pid}`;
  await rename(lock, aside).catch(() => undefined); // gone meanwhile: somebody else removed it
  const instead = await recordedProcess(aside);
  if (instead) await linked(aside, lock); // what we moved was no longer the stale one, but that of a third who was faster
  await rm(aside, { force: true });
  if (instead) throw taken(instead, directory);
}

/**
 * @param {{ pid: number, command: string }} holder
 * @param {string} directory
 */
function taken(holder, directory) {
  return new Refusal(
    `${holder.command} is running already (pid ${holder.pid}) with the data in ${directory}. Stop it with Ctrl-C where it runs, or: kill ${holder.pid}`,
  );
}

/**
 * @param {string} from
 * @param {string} to
 * @returns {Promise<boolean>}
 */
async function linked(from, to) {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}
