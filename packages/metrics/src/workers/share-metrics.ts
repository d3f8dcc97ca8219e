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
   * Maximum number of milliseconds until a worker's reply. Before a worker replies, the worker reads its metrics for up
   * to 1 s, so the limit must be above 1 s. The limit must also be below the `scrape_timeout` of Prometheus.
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
      // After the final report, another worker may write `retired.json`. So wait first until this worker's last call of
      // `retireEnded` has ended. Otherwise two workers could write `retired.json` at the same time.
      await retiring;
      await reporter.end().catch(troubles.write);
      await server.close();
    },
  };
}

function mergeReports(own: Report, answers: Report[], { reports, retired }: FolderTotals): AnyFamily[] {
  const said = new Map([own, ...answers].map((answer) => [answer.worker, answer]));
  // After its answer, a worker can end and be retired. Then `retired` includes the worker's counts, and `reports` does
  // not contain the worker. So use the counts of an answer only if `reports` contains the worker.
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
 * Returns the worker's report. Returns undefined if the worker does not listen.
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
