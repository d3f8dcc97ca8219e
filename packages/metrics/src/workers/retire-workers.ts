import { knock } from './ask-workers.js';
import { totalsOf } from './families.js';
import { mergeTotals } from './merge-families.js';
import type { Report, Retired } from './report.js';
import { UnreadableError, type WorkerFolder } from './worker-folder.js';

/** A worker without a socket that has written nothing for this time counts as ended. */
const SILENCE_MS = 60_000;

export interface FolderTotals {
  retired: Retired;
  /** The reports of all workers whose counts are not in `retired`. Undefined for a worker without a readable file. */
  reports: Map<string, Report | undefined>;
}

const nothingRetired: Retired = { workers: [], families: [] };

type Unreadable = (error: UnreadableError) => void;

/**
 * Reads the counts of every worker exactly once. Meanwhile another worker may retire an ended worker: it moves the
 * counts of the ended worker to `retired.json` and removes the folder.
 *
 * A worker's folder is removed in one step, and only after `retired.json` contains its totals. So this function lists
 * the folders first, and then reads `retired.json` and the reports. If a listed folder has been removed, it starts
 * again. A folder without a report belongs to a worker that is starting.
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
 * Adds the counts of ended workers to the retired totals, and removes their folders. Only the worker that has the right
 * to retire does this. If that worker has ended, this worker takes the right.
 *
 * The totals of a worker move at one moment, the rename of `retired.json`. Before the rename, readers find the totals
 * in the worker's folder. After the rename, readers find them in `retired.json`. So a crash cannot lose or double the
 * totals. Do not call this function concurrently.
 */
export async function retireEnded(folder: WorkerFolder, unreadable: Unreadable): Promise<void> {
  const holder = await folder.holder();
  if (holder === undefined) return;
  if (holder !== folder.me && !((await hasEnded(folder, holder)) && (await folder.takeRightFrom(holder)))) return;

  const workers = await folder.list();
  const before = await readable(folder.readRetired(), nothingRetired, unreadable);
  // Folders whose counts are in `retired.json`. An earlier call did not remove them, because its process ended.
  const left = workers.filter((worker) => before.workers.includes(worker));
  const others = workers.filter((worker) => worker !== folder.me && !left.includes(worker));
  const answers = await Promise.all(others.map((worker) => hasEnded(folder, worker)));
  const ended = others.filter((_, index) => answers[index]);
  if (ended.length > 0) {
    // Read these files only now, because a file is final only after its worker has ended.
    const last = await Promise.all(ended.map((worker) => readable(folder.readReport(worker), undefined, unreadable)));
    const families = mergeTotals([before.families, ...last.map((report) => totalsOf(report?.families ?? []))]);
    await folder.writeRetired({ workers: [...left, ...ended], families });
  }
  for (const worker of [...left, ...ended]) await folder.remove(worker);
}

/** True only if the worker certainly writes nothing more. A worker that hangs has not ended. */
async function hasEnded(folder: WorkerFolder, worker: string): Promise<boolean> {
  const report = await readable(folder.readReport(worker), 'unreadable', () => undefined);
  if (report !== 'unreadable' && report?.ended) return true;
  // A worker listens before it writes. A worker that has written nothing may be about to listen.
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
