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
  /** Longest wait for a thread, in ms. The default is 8 s. The gateway waits at most 20 s until the response begins. */
  waitMsMax?: number;
  retryAfterS?: number;
  stallTimeoutMs?: number;
  readBytesPerSMin?: number;
  jobTimeoutMs?: number;
  killAfterMs?: number;
  /** Largest main heap of a thread, in MB. If a thread needs more, only that thread and its statement fail. */
  threadHeapMb?: number;
  /** Called when a statement's thread is free again. */
  onFinished?: (job: FinishedStatement) => void;
  /** Called if a thread fails while the thread renders no statement, for example if the thread cannot start. */
  onError?: (error: Error) => void;
  /** File that exports `renderStatement`. Only tests change the default. */
  workerFile?: string;
}

export interface FinishedStatement {
  format: StatementFormat;
  outcome: 'completed' | 'aborted' | 'failed';
  /** Time for which the statement used its thread. */
  durationMs: number;
}

export interface StatementWorkers extends StatementRenderer {
  /** Number of statements that use a thread. */
  readonly running: number;
  /** Number of statements that wait for a thread. */
  readonly queued: number;
  /** Refuses new statements, ends open statements with the error `unavailable`, and ends the threads. */
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
    // If Piscina uses Atomics, a thread without a task blocks its event loop. But the thread needs its event loop to
    // close the MessagePort of the statement that the thread has just rendered. So Atomics are disabled.
    atomics: 'disabled',
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: threadHeapMb },
    // Rendering needs no environment variables, and environment variables can contain secrets. So `env` is empty.
    env: {},
  });
  pool.on('error', onError);
  // Statements wait in this semaphore, because the pool is not safe as a queue: Piscina 5.3 exceeds `maxQueue` if tasks
  // can be aborted.
  const admission = createSemaphore({
    placesMax: threads,
    waitingMax: queueMax,
    ownMax,
    waitMsMax,
    busy: () =>
      new AppError('unavailable', 'Too many statements are being made. Please try again later.', { retryAfterS }),
    tooManyOwn: () =>
      new AppError(
        'rate_limited',
        `You may request at most ${ownMax} statements at the same time. Wait until one is complete.`,
        { retryAfterS },
      ),
  });
  const streams = new Set<Readable>();

  return {
    render: async (statement, format, { owner, signal }) => {
      const releaseThread = await admission.enter({ owner, signal });
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
      void finished.then((isComplete) => {
        releaseThread();
        const outcome = isComplete ? 'completed' : signal.aborted || !stream.errored ? 'aborted' : 'failed';
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

/** Returns the path of the worker in dist/. Tests run this file from src/, but the worker is built only in dist/. */
function builtWorker(): string {
  const beside = fileURLToPath(new URL('./statement-worker.js', import.meta.url));
  const file = existsSync(beside) ? beside : beside.replace(/([\\/])src([\\/]statements[\\/])/, '$1dist$2');
  if (!existsSync(file)) throw new Error(`The statement worker is not built (npm run build): ${file} is missing.`);
  return file;
}
