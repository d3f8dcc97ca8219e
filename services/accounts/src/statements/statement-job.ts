import { Readable } from 'node:stream';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { AppError } from '@mainstay/errors';
import type { FromWorker, JobEntry, StatementTask, ToWorker } from './job-messages.js';
import type { Statement, StatementEntry, StatementFormat, StatementHeading } from './statement.js';

const SLICE_ENTRIES = 500;

/** A job renders one statement. A worker thread gets batches of entries, and returns chunks of the document. */
export interface JobLimits {
  /** The job fails after this time without a new batch or chunk. */
  stallTimeoutMs: number;
  /** The job fails if its reader takes fewer bytes per second, on average over `stallTimeoutMs`. */
  readBytesPerSMin: number;
  /** Longest total time of the job. The wait for a free thread does not count. */
  jobTimeoutMs: number;
  /** Time for a cancelled job to stop. After this time, the pool terminates the thread. */
  killAfterMs: number;
}

export interface StatementJob {
  /** The document. If the job fails, the stream is destroyed with an error. */
  stream: Readable;
  /** Resolves when the stream has its first bytes or has ended. Rejects if the job fails earlier. */
  started: Promise<void>;
  /** Resolves when the thread is free, with true for a complete document. Never rejects. */
  finished: Promise<boolean>;
}

type RunTask = (task: StatementTask, transferList: MessagePort[], kill: AbortSignal) => Promise<boolean>;

/** Starts a job. `run` gives the task to a worker thread. */
export function startJob(statement: Statement, format: StatementFormat, limits: JobLimits, run: RunTask): StatementJob {
  const { port1: port, port2 } = new MessageChannel();
  const worker = superviseTask((kill) => run({ format, heading: headingOf(statement), port: port2 }, [port2], kill));
  const batches = sliced(statement.entries);
  const post = (message: ToWorker): void => port.postMessage(message);

  const stream = new Readable({
    highWaterMark: 64 * 1024,
    read: () => post('read'),
    destroy: (error, done) => {
      clock.stop();
      port.close();
      worker.stop(limits.killAfterMs);
      // Do not await this call, because a blocked store would delay the end of the HTTP response.
      batches.return(undefined).catch(() => undefined);
      done(error);
    },
  });
  const fail = (error: unknown): void => void stream.destroy(asError(error));
  const clock = startClock(limits, () => fail(new AppError('deadline_exceeded', 'The statement took too long.')));
  worker.task.catch((cause: unknown) => fail(new Error('the statement worker failed', { cause })));

  const sendBatch = async (): Promise<void> => {
    const { value, done } = await batches.next();
    if (stream.destroyed) return;
    clock.progress();
    post({ entries: done ? null : value });
  };
  const started = new Promise<void>((resolve, reject) => {
    stream.once('close', () => reject(stream.errored ?? new Error('the statement was closed before it began')));
    port.on('message', (message: FromWorker) => {
      if (stream.destroyed) return;
      if (message === 'want') return void sendBatch().catch(fail);
      const chunk = message === 'end' ? null : Buffer.from(message.chunk.buffer);
      clock.progress(chunk?.length);
      stream.push(chunk);
      resolve();
    });
  });
  // Without these two lines, an error before the caller listens would end the process.
  stream.on('error', () => undefined);
  started.catch(() => undefined);
  // `started` needs the first bytes, but the stream has no reader yet. So request them here.
  stream.read(0);
  return { stream, started, finished: worker.finished };
}

function superviseTask(run: (kill: AbortSignal) => Promise<boolean>) {
  const kill = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let settled = false;
  const task = run(kill.signal);
  const finished = task
    .catch(() => false)
    .finally(() => {
      settled = true;
      clearTimeout(timer);
    });
  return {
    task,
    finished,
    stop: (killAfterMs: number): void => {
      if (!settled) timer = setTimeout(() => kill.abort(), killAfterMs);
    },
  };
}

function startClock({ stallTimeoutMs, readBytesPerSMin, jobTimeoutMs }: JobLimits, giveUp: () => void) {
  const stall = setTimeout(giveUp, stallTimeoutMs);
  const total = setTimeout(giveUp, jobTimeoutMs);
  let bytes = 0;
  const pace = setInterval(() => {
    if (bytes < (readBytesPerSMin * stallTimeoutMs) / 1_000) giveUp();
    bytes = 0;
  }, stallTimeoutMs);
  return {
    progress: (bytesRead = 0): void => {
      stall.refresh();
      bytes += bytesRead;
    },
    stop: (): void => {
      clearTimeout(stall);
      clearTimeout(total);
      clearInterval(pace);
    },
  };
}

function headingOf({ account, holder, from, to, timeZone, openingBalance }: Statement): StatementHeading {
  const { id, name, currency } = account;
  return { account: { id, name, currency }, holder, from, to, timeZone, openingBalance };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Yields small batches, because the worker thread can stop a cancelled job only between two batches. */
async function* sliced(
  batches: AsyncIterable<readonly StatementEntry[]>,
): AsyncGenerator<JobEntry[], undefined, undefined> {
  for await (const entries of batches) {
    for (let start = 0; start < entries.length; start += SLICE_ENTRIES) {
      yield entries.slice(start, start + SLICE_ENTRIES).map(jobEntry);
    }
  }
}

function jobEntry({ id, transferId, amount, sequence, balanceAfter, memo, createdAt }: StatementEntry): JobEntry {
  return { id, transferId, amount, sequence, balanceAfter, memo, createdAt: new Date(createdAt).getTime() };
}
