import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseReport, parseRetired, stringify, type Report, type Retired } from './report.js';

/** The maximum length of a unix socket's path. Linux allows 107 bytes, and macOS allows 103. */
const SOCKET_PATH_BYTES_MAX = 100;
const NAMES_IN_WORKER_FOLDER = /^(totals\.json|totals\.new|retired\.new|socket|right|removed-.*)$/;

/**
 * A file in the shared folder does not have the format of this release. A different release or a different program has
 * written the file. Only a power failure can leave an incomplete file, because a worker writes each file under a
 * temporary name, and renames the file when the file is complete.
 */
export class UnreadableError extends Error {}

/**
 * The folder that the workers of one service share. A worker's name is `<pid>-<random digits>`.
 *
 *     <worker>/totals.json   the newest report of the worker
 *     <worker>/socket        the socket on which the worker sends its report
 *     retired.json           the names of ended workers, and the sums of their metrics
 *     right/<worker>         an empty file; only the worker that has this name may write retired.json
 */
export interface WorkerFolder {
  /** The name of this worker. The name is unique, even if a later process gets the same pid. */
  me: string;
  socketOf(worker: string): string;
  /** Returns the names of the workers that have a folder. Some of these workers can have ended. */
  list(): Promise<string[]>;
  /**
   * Reads the worker's file `totals.json`. Returns undefined if the file does not exist.
   * @throws UnreadableError
   */
  readReport(worker: string): Promise<Report | undefined>;
  writeReport(report: Report): Promise<void>;
  has(worker: string): Promise<boolean>;
  /**
   * Returns the milliseconds since the last change in the worker's folder. Returns Infinity if the worker has no
   * folder.
   */
  silentMs(worker: string): Promise<number>;
  /** Removes the worker's folder in one step, so that no reader sees a part of the folder. */
  remove(worker: string): Promise<void>;
  /** @throws UnreadableError */
  readRetired(): Promise<Retired>;
  writeRetired(retired: Retired): Promise<void>;
  /**
   * Returns the name of the worker that may write `retired.json`. Returns undefined if the name changes during the
   * read.
   */
  holder(): Promise<string | undefined>;
  /**
   * Makes this worker the only worker that may write `retired.json`. The worker `holder` must have ended. If several
   * workers call this function, only one call returns true.
   */
  takeRightFrom(holder: string): Promise<boolean>;
}

export function pidOf(worker: string): string {
  return worker.slice(0, worker.indexOf('-'));
}

/**
 * Returns whether the folder belongs to a worker. A different program can have a folder with a similar name, so check
 * the names of the files.
 */
async function isOfWorker(folder: string): Promise<boolean> {
  const names = await unlessAbsent(readdir(folder), undefined);
  return names?.every((name) => NAMES_IN_WORKER_FOLDER.test(name)) ?? false;
}

/**
 * Creates the shared folder. Creates a folder for this worker in the shared folder.
 * @throws Error if the folder cannot be used
 */
export async function joinFolder(directory: string): Promise<WorkerFolder> {
  const me = `${process.pid}-${randomBytes(4).toString('hex')}`;
  const bytes = Buffer.byteLength(join(directory, me, 'socket'));
  if (bytes > SOCKET_PATH_BYTES_MAX) {
    throw new Error(
      `cannot share metrics in ${directory}: a socket there has a path of ${bytes} bytes, and ${SOCKET_PATH_BYTES_MAX} are possible; choose a shorter METRICS_DIR`,
    );
  }
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await mkdir(join(directory, me), { mode: 0o700 });
    await makeRight(directory, me);
    if ((await stat(directory)).mode & 0o022) throw new Error('other users may write to that folder');
  } catch (error) {
    throw new Error(`cannot share metrics in ${directory}: ${(error as Error).message}`, { cause: error });
  }
  return openFolder(directory, me);
}

/**
 * Creates the folder `right`, unless the folder exists. The folder contains one empty file, whose name is the name of
 * the only worker that may write `retired.json`. At first, the file's name is `nobody`. Before a worker writes
 * `retired.json`, the worker renames the empty file to the worker's own name.
 */
async function makeRight(directory: string, me: string): Promise<void> {
  const prepared = join(directory, me, 'right');
  await mkdir(prepared, { mode: 0o700 });
  await writeFile(join(prepared, 'nobody'), '');
  await rename(prepared, join(directory, 'right')).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    await rm(prepared, { recursive: true });
  });
}

function openFolder(directory: string, me: string): WorkerFolder {
  const at = (...names: string[]) => join(directory, ...names);
  return {
    me,
    socketOf: (worker) => at(worker, 'socket'),
    async list() {
      const names = (await readdir(directory)).filter((name) => /^\d+-[0-9a-f]{8}$/.test(name));
      const own = await Promise.all(names.map((name) => isOfWorker(at(name))));
      return names.filter((_, index) => own[index]);
    },
    readReport: (worker) => readJson(at(worker, 'totals.json'), parseReport),
    writeReport: (report) => putInPlace(at(me, 'totals.json'), at(me, 'totals.new'), report),
    has: async (worker) => (await lastChangeMs(at(worker))) > 0,
    // A worker renames each new report into the worker's folder, and each rename changes the folder's modification
    // time.
    // eslint-disable-next-line no-restricted-properties -- the time of a file is a time of day
    silentMs: async (worker) => Date.now() - (await lastChangeMs(at(worker))),
    async remove(worker) {
      const taken = at(me, `removed-${worker}`);
      await unlessAbsent(rename(at(worker), taken), undefined);
      await rm(taken, { recursive: true, force: true });
    },
    readRetired: async () => (await readJson(at('retired.json'), parseRetired)) ?? { workers: [], families: [] },
    writeRetired: (retired) => putInPlace(at('retired.json'), at(me, 'retired.new'), retired, { durable: true }),
    async holder() {
      const holders = await readdir(at('right'));
      return holders.length === 1 ? holders[0] : undefined;
    },
    async takeRightFrom(holder) {
      const taken = rename(at('right', holder), at('right', me));
      return unlessAbsent(
        taken.then(() => true),
        false,
      );
    },
  };
}

async function readJson<Content>(path: string, parse: (text: string) => Content): Promise<Content | undefined> {
  const text = await unlessAbsent(readFile(path, 'utf8'), undefined);
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    throw new UnreadableError(`${path} was not written by a worker`, { cause: error });
  }
}

/** Replaces a file in one step. If `durable` is true, the new file is also complete after a power failure. */
async function putInPlace(
  path: string,
  prepared: string,
  content: Report | Retired,
  { durable = false } = {},
): Promise<void> {
  const file = await open(prepared, 'w', 0o600);
  try {
    await file.writeFile(stringify(content));
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  await rename(prepared, path);
}

async function lastChangeMs(path: string): Promise<number> {
  const { mtimeMs } = await unlessAbsent(stat(path), { mtimeMs: -Infinity });
  return mtimeMs;
}

async function unlessAbsent<Found, Otherwise>(found: Promise<Found>, otherwise: Otherwise): Promise<Found | Otherwise> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return otherwise;
  }
}
