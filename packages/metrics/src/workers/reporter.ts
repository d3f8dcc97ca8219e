import type { Registry } from 'prom-client';
import { totalsOf } from './families.js';
import { readFamilies } from './registry-families.js';
import type { Report } from './report.js';
import type { WorkerFolder } from './worker-folder.js';

export interface Reporter {
  /**
   * Writes the totals to the file, then returns the report for a metrics page. So after a `kill -9`, the file contains
   * all totals that a metrics page has shown. If the file cannot be written, the report is still returned.
   */
  report: () => Promise<Report>;
  /**
   * Writes the file.
   * @throws Error if it cannot be written
   */
  save: () => Promise<void>;
  /** Writes the file and marks this worker as ended. */
  end: () => Promise<void>;
}

/** Writes one report at a time, so that an older report never replaces a newer report. */
export function createReporter({
  registry,
  folder,
  failed,
}: {
  registry: Registry;
  folder: WorkerFolder;
  failed: (error: unknown) => void;
}): Reporter {
  let sequence = 0;
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): () => Promise<Result> {
    let waiting: Promise<Result> | undefined;
    return () => {
      if (waiting) return waiting;
      const begun = turn.then(() => {
        waiting = undefined;
        return work();
      });
      turn = begun.catch(() => undefined);
      return (waiting = begun);
    };
  }

  async function make({ gauges = false, ended = false }): Promise<Report> {
    const families = await readFamilies(registry, { gauges });
    return { worker: folder.me, sequence: ++sequence, ended, families };
  }
  const write = (report: Report) => folder.writeReport({ ...report, families: totalsOf(report.families) });

  return {
    report: inTurn(async () => {
      const report = await make({ gauges: true });
      await write(report).catch(failed);
      return report;
    }),
    save: inTurn(async () => write(await make({}))),
    end: inTurn(async () => write(await make({ ended: true }))),
  };
}
