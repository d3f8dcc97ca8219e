import { knock } from './ask-workers.js';
import { totalsOf } from './families.js';
import { mergeTotals } from './merge-families.js';
import type { Report, Retired } from './report.js';
import { UnreadableError, type WorkerFolder } from './worker-folder.js';

/** If a worker does not listen and has written nothing for this time, the worker is treated as ended. */
const SILENCE_MS = 60_000;

export interface FolderTotals {
  retired: Retired;
  /**
   * The reports of all workers that are not in `retired`. A report is undefined if the worker's file is missing or not
   * readable.
   */
  reports: Map<string, Report | undefined>;
}

const nothingRetired: Retired = { workers: [], families: [] };

type Unreadable = (error: UnreadableError) => void;

/**
 * Reads the counts of every worker exactly once. A worker's folder is removed only after `retired.json` includes the
 * worker's counts. So this function lists the folders, then reads `retired.json`, then reads the folders. If a folder
 * was removed after `retired.json` was read, the function begins again.
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
 * Adds the counts of ended workers to `retired.json`, then removes the folders of these workers. Do not call this
 * function again before the previous call has ended.
 */
export async function retireEnded(folder: WorkerFolder, unreadable: Unreadable): Promise<void> {
  const holder = await folder.holder();
  if (holder === undefined) return;
  if (holder !== folder.me && !((await hasEnded(folder, holder)) && (await folder.takeRightFrom(holder)))) return;

  const workers = await folder.list();
  const before = await readable(folder.readRetired(), nothingRetired, unreadable);
  // These workers are already in `retired.json`. The process that added the workers ended or failed before it removed
  // the workers' folders.
  const left = workers.filter((worker) => before.workers.includes(worker));
  const others = workers.filter((worker) => worker !== folder.me && !left.includes(worker));
  const answers = await Promise.all(others.map((worker) => hasEnded(folder, worker)));
  const ended = others.filter((_, index) => answers[index]);
  if (ended.length > 0) {
    // The file of an ended worker does not change anymore, so this read returns the final counts.
    const last = await Promise.all(ended.map((worker) => readable(folder.readReport(worker), undefined, unreadable)));
    const families = mergeTotals([before.families, ...last.map((report) => totalsOf(report?.families ?? []))]);
    await folder.writeRetired({ workers: [...left, ...ended], families });
  }
  for (const worker of [...left, ...ended]) await folder.remove(worker);
}

/** Returns true if the worker cannot write any more files. A worker that hangs has not ended. */
async function hasEnded(folder: WorkerFolder, worker: string): Promise<boolean> {
  const report = await readable(folder.readReport(worker), 'unreadable', () => undefined);
  if (report !== 'unreadable' && report?.ended) return true;
  // A new worker has no report and does not listen at first. So a refused connection does not prove that a worker
  // without a report has ended.
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
