import type { Registry } from 'prom-client';
import { totalsOf } from './families.js';
import { readFamilies } from './registry-families.js';
import type { Report } from './report.js';
import type { WorkerFolder } from './worker-folder.js';

export interface Reporter {
  /**
   * What this process has to say now, its totals already in its file: what somebody was told outlives even `kill -9`. Where the file
   * cannot be written the figures go out all the same: a full disk must not blind those who look into it.
   */
  report: () => Promise<Report>;
  /** Writes the file. @throws Error when that cannot be done */
  save: () => Promise<void>;
  /** Writes the file for the last time. */
  end: () => Promise<void>;
}

/** One report after the other, so that an older one never replaces a newer; callers who wait for their turn share one. */
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
