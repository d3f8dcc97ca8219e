import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { AppError } from '@mainstay/errors';
import { createSemaphore } from '@mainstay/hardening';
import { Piscina } from 'piscina';
import type { StatementTask } from './job-messages.js';
import { startJob } from './statement-job.js';
import type { StatementFormat, StatementRenderer } from './statement.js';

export interface StatementWorkersOptions {
  /** Worker threads, each rendering one statement at a time. */
  threads: number;
  /** Statements that may wait for a thread; further ones are refused. */
  queueMax: number;
  /** Statements that one user may have, rendered and waiting; further ones are refused. Default 2. */
  ownMax?: number;
  /** How long a statement may wait for a thread. Default 8 s: well below the 20 s that a caller waits. */
  waitMsMax?: number;
  retryAfterS?: number;
  stallTimeoutMs?: number;
  readBytesPerSMin?: number;
  jobTimeoutMs?: number;
  killAfterMs?: number;
  /** If a thread needs more heap, only this thread ends, and only its statement fails. */
  threadHeapMb?: number;
  /** Called for each statement that got a thread, when that thread is free again. */
  onFinished?: (job: FinishedStatement) => void;
  /** Called for a failure without a statement, such as a worker that cannot start. */
  onError?: (error: Error) => void;
  /** For tests: another file that exports `renderStatement`. */
  workerFile?: string;
}

export interface FinishedStatement {
  format: StatementFormat;
  outcome: 'completed' | 'aborted' | 'failed';
  /** Time from getting a thread to freeing it. */
  durationMs: number;
}

export interface StatementWorkers extends StatementRenderer {
  /** For gauges: statements on a thread, and statements waiting for one. */
  readonly running: number;
  readonly queued: number;
  /** Refuses new statements, fails current ones with `unavailable`, and ends the threads. */
  close(): Promise<void>;
}

/**
 * Starts the threads that make statements.
 * @throws Error if the worker's file is not built
 */
export function startStatementWorkers({
  threads,
  queueMax,
  ownMax = 2,
  waitMsMax = 8_000,
  retryAfterS = 5,
  stallTimeoutMs = 15_000,
  readBytesPerSMin = 16_384,
  jobTimeoutMs = 600_000,
  killAfterMs = 2_000,
  threadHeapMb = 256,
  onFinished = () => undefined,
  onError = () => undefined,
  workerFile = builtWorker(),
}: StatementWorkersOptions): StatementWorkers {
  const pool = new Piscina<StatementTask, boolean>({
    filename: workerFile,
    name: 'renderStatement',
    minThreads: threads,
    maxThreads: threads,
    // Otherwise a thread without a job blocks its event loop, and never closes the last job's port.
    atomics: 'disabled',
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: threadHeapMb },
    // Rendering needs no setting, and no secret.
    env: {},
  });
  pool.on('error', onError);
  // Piscina has a queue too. But with tasks that can be aborted, version 5.3 neither bounds it (`maxQueue` 2 took 7) nor keeps its order. So the pool gets
  // only as many tasks as it has threads.
  const admission = createSemaphore({
    placesMax: threads,
    waitingMax: queueMax,
    ownMax,
    waitMsMax,
    busy: () =>
      new AppError('unavailable', 'Too many statements are being made. Please try again later.', { retryAfterS }),
    tooManyOwn: () =>
      new AppError('rate_limited', `You may request ${ownMax} statements at the same time.`, { retryAfterS }),
  });
  const streams = new Set<Readable>();

  return {
    render: async (statement, format, { owner, signal }) => {
      const leave = await admission.enter({ owner, signal });
      const beganMs = performance.now();
      const { stream, started, finished } = startJob(
        statement,
        format,
        { stallTimeoutMs, readBytesPerSMin, jobTimeoutMs, killAfterMs },
        (task, transferList, kill) => pool.run(task, { transferList, signal: kill }),
      );
      streams.add(stream);
      const abort = (): void => void stream.destroy(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      stream.once('close', () => {
        streams.delete(stream);
        signal.removeEventListener('abort', abort);
      });
      void finished.then((whole) => {
        leave();
        const outcome = whole ? 'completed' : signal.aborted || !stream.errored ? 'aborted' : 'failed';
        onFinished({ format, outcome, durationMs: performance.now() - beganMs });
      });
      await started;
      return stream;
    },
    get running() {
      return admission.underWay;
    },
    get queued() {
      return admission.waiting;
    },
    close: async () => {
      const error = new AppError('unavailable', 'The service is shutting down.', { retryAfterS });
      admission.close(error);
      for (const stream of streams) stream.destroy(error);
      await pool.destroy();
    },
  };
}

/**
 * The built worker: beside this file, or, when this file runs from its source as in tests, at the same place in
 * dist/.
 */
function builtWorker(): string {
  const beside = fileURLToPath(new URL('./statement-worker.js', import.meta.url));
  const file = existsSync(beside) ? beside : beside.replace(/([\\/])src([\\/]statements[\\/])/, '$1dist$2');
  if (!existsSync(file)) throw new Error(`The statement worker is not built (npm run build): ${file} is missing.`);
  return file;
}
