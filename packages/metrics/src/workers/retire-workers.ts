import { knock } from './ask-workers.js';
import { totalsOf } from './families.js';
import { mergeTotals } from './merge-families.js';
import type { Report, Retired } from './report.js';
import { UnreadableError, type WorkerFolder } from './worker-folder.js';

/** After this a worker that cannot be asked because its socket is gone, or that never said anything, counts as ended. */
const SILENCE_MS = 60_000;

export interface FolderTotals {
  retired: Retired;
  /** Of each worker that is not retired, ended or not; undefined where it has written nothing, or nothing that can be read. */
  reports: Map<string, Report | undefined>;
}

const nothingRetired: Retired = { workers: [], families: [] };

type Unreadable = (error: UnreadableError) => void;

/**
 * Everything that was counted here, each worker once, though others may retire workers meanwhile: a worker's folder goes away, whole, only after
 * `retired.json` has its totals. So whoever reads names, retired and files in this order, and finds every folder, has a whole picture; where one
 * is gone, it is read anew. A folder without a file is that of a worker that has not begun.
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
 * Adds what ended workers had counted to the retired totals and removes their folders. Only the holder of the right does; where the holder
 * has ended itself, this worker becomes it. The rename that puts `retired.json` in place is the one moment at which a worker's totals pass over:
 * before it they are read from the worker's folder, after it from there, and a crash leaves one or the other. Call it one at a time.
 */
export async function retireEnded(folder: WorkerFolder, unreadable: Unreadable): Promise<void> {
  const holder = await folder.holder();
  if (holder === undefined) return;
  if (holder !== folder.me && !((await hasEnded(folder, holder)) && (await folder.takeRightFrom(holder)))) return;

  const workers = await folder.list();
  const before = await readable(folder.readRetired(), nothingRetired, unreadable);
  // What a holder left that ended in the middle of this.
  const left = workers.filter((worker) => before.workers.includes(worker));
  const others = workers.filter((worker) => worker !== folder.me && !left.includes(worker));
  const answers = await Promise.all(others.map((worker) => hasEnded(folder, worker)));
  const ended = others.filter((_, index) => answers[index]);
  if (ended.length > 0) {
    // Only now that they have ended are their files their last ones.
    const last = await Promise.all(ended.map((worker) => readable(folder.readReport(worker), undefined, unreadable)));
    const families = mergeTotals([before.families, ...last.map((report) => totalsOf(report?.families ?? []))]);
    await folder.writeRetired({ workers: [...left, ...ended], families });
  }
  for (const worker of [...left, ...ended]) await folder.remove(worker);
}

/** Certainly, and for ever: it will write nothing any more. A worker that hangs has not ended. */
async function hasEnded(folder: WorkerFolder, worker: string): Promise<boolean> {
  const report = await readable(folder.readReport(worker), 'unreadable', () => undefined);
  if (report !== 'unreadable' && report?.ended) return true;
  // A worker listens before it writes. What has never written may be about to listen.
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
