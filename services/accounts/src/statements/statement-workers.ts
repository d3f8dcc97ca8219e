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
  /** Number of worker threads. Each thread renders one statement at a time. */
  threads: number;
  /** Highest number of statements that wait for a thread. Further statements are refused. */
  queueMax: number;
  /** Highest number of running and waiting statements of one user. Default 2. */
  ownMax?: number;
  /** Longest wait for a thread. The default of 8 s leaves time for rendering before the gateway's limit of 20 s. */
  waitMsMax?: number;
  retryAfterS?: number;
  stallTimeoutMs?: number;
  readBytesPerSMin?: number;
  jobTimeoutMs?: number;
  killAfterMs?: number;
  /** If a thread needs more heap, the thread ends and its statement fails. Other threads continue. */
  threadHeapMb?: number;
  /** Called when a thread is free again after a statement. */
  onFinished?: (job: FinishedStatement) => void;
  /** Called for a failure outside of statements, such as a worker that cannot start. */
  onError?: (error: Error) => void;
  /** For tests: a different file that exports `renderStatement`. */
  workerFile?: string;
}

export interface FinishedStatement {
  format: StatementFormat;
  outcome: 'completed' | 'aborted' | 'failed';
  /** Time from the start on a thread to the release of the thread. */
  durationMs: number;
}

export interface StatementWorkers extends StatementRenderer {
  /** For gauges: statements on threads, and statements in the queue. */
  readonly running: number;
  readonly queued: number;
  /** Refuses new statements, fails current statements with `unavailable`, and ends the threads. */
  close(): Promise<void>;
}

/** @throws Error if the file of the worker is not built */
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
    // Atomics would block the event loop of an idle thread, so the port of its last statement would stay open.
    atomics: 'disabled',
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: threadHeapMb },
    // Rendering needs no settings, so the threads get no secrets.
    env: {},
  });
  pool.on('error', onError);
  // `admission` queues the statements, because Piscina 5.3 exceeds `maxQueue` if tasks can be aborted.
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

/** Returns the path of the built worker. Tests run this file from src/, but the built worker is in dist/. */
function builtWorker(): string {
  const beside = fileURLToPath(new URL('./statement-worker.js', import.meta.url));
  const file = existsSync(beside) ? beside : beside.replace(/([\\/])src([\\/]statements[\\/])/, '$1dist$2');
  if (!existsSync(file)) throw new Error(`The statement worker is not built (npm run build): ${file} is missing.`);
  return file;
}
