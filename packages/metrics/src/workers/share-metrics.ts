import type { Registry } from 'prom-client';
import { askWorker, knock, serveReports } from './ask-workers.js';
import { totalsOf, type AnyFamily, type GaugeFamily } from './families.js';
import { mergeGauges, mergeTotals, pageOf } from './merge-families.js';
import { printFamilies } from './registry-families.js';
import type { Report } from './report.js';
import { createReporter } from './reporter.js';
import { readFolder, retireEnded, type FolderTotals } from './retire-workers.js';
import { watchTroubles, type TroubleLog } from './sharing-troubles.js';
import { joinFolder, pidOf } from './worker-folder.js';

export interface SharingOptions {
  registry: Registry;
  directory: string;
  log: TroubleLog;
  /** Milliseconds between two saves of a worker's counts. `kill -9` loses the counts since the last save. */
  saveEveryMs?: number;
  retireEveryMs?: number;
  /**
   * Maximum number of milliseconds until a worker's reply. The limit must be above the 1 s of the collectors and below
   * the 10 s of a Prometheus scrape.
   */
  answerTimeoutMs?: number;
}

export interface SharedMetrics {
  /**
   * Returns the metrics page of all workers.
   * @throws Error if the folder cannot be read. A page without the counts of ended workers would be wrong, because
   * counters would decrease.
   */
  render(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Makes this process one of the workers that share a folder.
 * @throws Error if the folder cannot be used
 */
export async function shareMetrics(options: SharingOptions): Promise<SharedMetrics> {
  const { registry, directory, saveEveryMs = 1_000, retireEveryMs = 10_000, answerTimeoutMs = 3_000 } = options;
  const folder = await joinFolder(directory);
  const troubles = watchTroubles(options);
  const reporter = createReporter({ registry, folder, failed: troubles.write });
  // Listen before the first save. Other workers treat a worker as ended if the worker has saved a report but does not
  // listen.
  const server = await serveReports(folder.socketOf(folder.me), reporter.report);
  await reporter.save();

  let retiring: Promise<void> = Promise.resolve();
  const retire = () => (retiring = retiring.then(() => retireEnded(folder, troubles.read)).catch(troubles.retire));
  await retire();
  const timers = [
    setInterval(() => void reporter.save().catch(troubles.write), saveEveryMs).unref(),
    setInterval(() => void retire(), retireEveryMs).unref(),
  ];

  async function askAll(): Promise<Report[]> {
    const workers = await folder.list();
    const answers = workers.map(async (worker) => {
      if (worker === folder.me) return undefined;
      return askUnlessEnded(folder.socketOf(worker), answerTimeoutMs).catch(troubles.unanswered(worker));
    });
    return (await Promise.all(answers)).filter((answer) => answer !== undefined);
  }

  return {
    async render() {
      try {
        const answers = await askAll();
        troubles.answered(1 + answers.length);
        const own = await reporter.report();
        return await printFamilies(mergeReports(own, answers, await readFolder(folder, troubles.read)));
      } catch (error) {
        troubles.read(error);
        throw error;
      }
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      // Wait for `retireEnded` before the final report. After the final report, a different worker can write
      // `retired.json`, so two workers could write the file at once.
      await retiring;
      await reporter.end().catch(troubles.write);
      await server.close();
    },
  };
}

function mergeReports(own: Report, answers: Report[], { reports, retired }: FolderTotals): AnyFamily[] {
  const said = new Map([own, ...answers].map((answer) => [answer.worker, answer]));
  // A worker can end after its answer and before `retired` was read. So use only the workers in `reports`, because
  // `retired` already includes the other workers.
  const totals = [...reports].map(([worker, written]) => {
    const answer = said.get(worker);
    const latest = answer && answer.sequence > (written?.sequence ?? 0) ? answer : written;
    return totalsOf(latest?.families ?? []);
  });
  const gauges = [...said].map(([worker, { families }]) => ({ worker: pidOf(worker), gauges: gaugesOf(families) }));
  return pageOf(own.families, [...mergeTotals([...totals, retired.families]), ...mergeGauges(gauges)]);
}

const gaugesOf = (families: AnyFamily[]): GaugeFamily[] => families.filter((family) => family.type === 'gauge');

/**
 * Returns the worker's report. Returns undefined if the worker has ended.
 * @throws Error if a running worker does not answer in time
 */
async function askUnlessEnded(socketPath: string, timeoutMs: number): Promise<Report | undefined> {
  try {
    return await askWorker(socketPath, timeoutMs);
  } catch (error) {
    if (['refused', 'absent'].includes(await knock(socketPath))) return undefined;
    throw error;
  }
}
