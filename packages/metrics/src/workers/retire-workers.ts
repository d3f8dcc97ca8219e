import { knock } from './ask-workers.js';
import { totalsOf } from './families.js';
import { mergeTotals } from './merge-families.js';
import type { Report, Retired } from './report.js';
import { UnreadableError, type WorkerFolder } from './worker-folder.js';

/** After this time, a worker without a socket that also wrote nothing counts as ended. */
const SILENCE_MS = 60_000;

export interface FolderTotals {
  retired: Retired;
  /** Reports of all workers that are not retired; undefined for a worker that has written nothing readable. */
  reports: Map<string, Report | undefined>;
}

const nothingRetired: Retired = { workers: [], families: [] };

type Unreadable = (error: UnreadableError) => void;

/**
 * Everything that was counted here, each worker once, although others may retire workers at the same time. A worker's
 * folder is removed as a whole, and only after `retired.json` has its totals. A reader that lists names, then reads
 * `retired.json` and the files, and finds every folder, has a consistent view. If a folder is missing, it reads
 * again. A folder without a file belongs to a worker that has not begun.
 */
export async function readFolder(folder: WorkerFolder, unreadable: Unreadable): Promise<FolderTotals> {
  for (;;) {
    const workers = await folder.list();
    const retired = await readable(folder.readRetired(), nothingRetired, unreadable);
    const reports = new Map<string, Report | undefined>();
    for (const worker of workers) {
      if (retired.workers.includes(worker)) continue;
      const report = await readable(folder.readReport(worker), 'unreadable', unreadable);
      if (report === undefined && !(await folder.has(worker))) break;
      reports.set(worker, report === 'unreadable' ? undefined : report);
    }
    if (workers.every((worker) => reports.has(worker) || retired.workers.includes(worker))) return { retired, reports };
  }
}

/**
 * Adds the counts of ended workers to the retired totals and removes their folders. Only the holder of the right does
 * this; if the holder has ended, this worker takes the right. The rename of `retired.json` is the one moment at which
 * a worker's totals move: before it they are read from the worker's folder, after it from `retired.json`. A crash
 * leaves one state or the other. Do not call it concurrently.
 */
export async function retireEnded(folder: WorkerFolder, unreadable: Unreadable): Promise<void> {
  const holder = await folder.holder();
  if (holder === undefined) return;
  if (holder !== folder.me && !((await hasEnded(folder, holder)) && (await folder.takeRightFrom(holder)))) return;

  const workers = await folder.list();
  const before = await readable(folder.readRetired(), nothingRetired, unreadable);
  // Left by a holder that ended during a retirement.
  const left = workers.filter((worker) => before.workers.includes(worker));
  const others = workers.filter((worker) => worker !== folder.me && !left.includes(worker));
  const answers = await Promise.all(others.map((worker) => hasEnded(folder, worker)));
  const ended = others.filter((_, index) => answers[index]);
  if (ended.length > 0) {
    // Read their files only now: they are final after the workers have ended.
    const last = await Promise.all(ended.map((worker) => readable(folder.readReport(worker), undefined, unreadable)));
    const families = mergeTotals([before.families, ...last.map((report) => totalsOf(report?.families ?? []))]);
    await folder.writeRetired({ workers: [...left, ...ended], families });
  }
  for (const worker of [...left, ...ended]) await folder.remove(worker);
}

/** Only if it is certain that the worker writes nothing more. A hanging worker has not ended. */
async function hasEnded(folder: WorkerFolder, worker: string): Promise<boolean> {
  const report = await readable(folder.readReport(worker), 'unreadable', () => undefined);
  if (report !== 'unreadable' && report?.ended) return true;
  // A worker listens before it writes, so one that has never written may be about to listen.
  const answer = await knock(folder.socketOf(worker));
  if (answer === 'refused' && report !== undefined) return true;
  return (answer === 'refused' || answer === 'absent') && (await folder.silentMs(worker)) > SILENCE_MS;
}

async function readable<Content, const Otherwise>(
  content: Promise<Content>,
  otherwise: Otherwise,
  unreadable: Unreadable,
): Promise<Content | Otherwise> {
  try {
    return await content;
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    unreadable(error);
    return otherwise;
  }
}
