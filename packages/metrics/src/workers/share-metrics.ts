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
  /**
   * The interval at which a worker saves its counts. Each scrape saves the counts too. If the worker is killed, the
   * counts since its last save are lost.
   */
  saveEveryMs?: number;
  retireEveryMs?: number;
  /**
   * The time limit for a worker's reply. It is more than 1 s, the limit of the worker's collectors, and less than 10 s,
   * the usual limit of a scrape.
   */
  answerTimeoutMs?: number;
}

export interface SharedMetrics {
  /**
   * Returns the metrics page of all workers. If a worker does not answer, only its gauges are missing.
   * @throws Error if the folder cannot be read. The scrape must fail in that case, because counters must not decrease
   */
  render(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Makes this process one of the workers that share a folder.
 * @throws Error with one sentence if the folder cannot be used
 */
export async function shareMetrics(options: SharingOptions): Promise<SharedMetrics> {
  const { registry, directory, saveEveryMs = 1_000, retireEveryMs = 10_000, answerTimeoutMs = 3_000 } = options;
  const folder = await joinFolder(directory);
  const troubles = watchTroubles(options);
  const reporter = createReporter({ registry, folder, failed: troubles.write });
  // Listen before the first file is written, because a reader that finds the file relies on the socket.
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
      // Wait until this worker has added the counts of ended workers to `retired.json`. After the last report of this
      // worker, another worker may take the right to write `retired.json`.
      await retiring;
      await reporter.end().catch(troubles.write);
      await server.close();
    },
  };
}

/**
 * Combines the reports. Gauges come from the workers that replied. Totals come from every worker: from its reply, or
 * from its file if the file is newer.
 */
function mergeReports(own: Report, answers: Report[], { reports, retired }: FolderTotals): AnyFamily[] {
  const said = new Map([own, ...answers].map((answer) => [answer.worker, answer]));
  // A worker may have replied and have no folder now. Then `retired` contains all of its counts.
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
 * Returns the worker's report, or undefined if no process listens on the socket.
 * @throws Error if a process listens and does not answer in time
 */
async function askUnlessEnded(socketPath: string, timeoutMs: number): Promise<Report | undefined> {
  try {
    return await askWorker(socketPath, timeoutMs);
  } catch (error) {
    if (['refused', 'absent'].includes(await knock(socketPath))) return undefined;
    throw error;
  }
}
