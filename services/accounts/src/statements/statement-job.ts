import { Readable } from 'node:stream';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { AppError } from '@mainstay/errors';
import type { FromWorker, JobEntry, StatementTask, ToWorker } from './job-messages.js';
import type { Statement, StatementEntry, StatementFormat, StatementHeading } from './statement.js';

const SLICE_ENTRIES = 500;

export interface JobLimits {
  /** A job without progress for this long, because of the reader or the store, is given up. */
  stallTimeoutMs: number;
  /**
   * A job is also given up if its reader reads less than this, in bytes a second, over this time: a slow reader must
   * not keep the thread from others.
   */
  readBytesPerSMin: number;
  /** No job holds a thread longer than this. */
  jobTimeoutMs: number;
  /** The time that a cancelled job gets to stop by itself before its thread is killed. */
  killAfterMs: number;
}

export interface StatementJob {
  /** Any failure destroys it with its error. It ends only after the complete document. */
  stream: Readable;
  /** Resolves when the first bytes are in the stream (or it ended); rejects if it fails before. */
  started: Promise<void>;
  /** Resolves when the worker is free again: true if it made the whole document. Never rejects. */
  finished: Promise<boolean>;
}

type RunTask = (task: StatementTask, transferList: MessagePort[], kill: AbortSignal) => Promise<boolean>;

/** The main thread's end of a job: sends entries on demand, and fills a stream at its reader's pace. */
export function startJob(statement: Statement, format: StatementFormat, limits: JobLimits, run: RunTask): StatementJob {
  const { port1: port, port2 } = new MessageChannel();
  const worker = superviseTask((kill) => run({ format, heading: headingOf(statement), port: port2 }, [port2], kill));
  const batches = sliced(statement.entries);
  const say = (message: ToWorker): void => port.postMessage(message);

  const stream = new Readable({
    highWaterMark: 64 * 1024,
    read: () => say('read'),
    destroy: (error, done) => {
      clock.stop();
      port.close();
      worker.stop(limits.killAfterMs);
      // Not awaited, because a hanging store must not hold the reply open. A late error has no reader.
      batches.return(undefined).catch(() => undefined);
      done(error);
    },
  });
  const fail = (error: unknown): void => void stream.destroy(asError(error));
  const clock = startClock(limits, () => fail(new AppError('deadline_exceeded', 'The statement took too long.')));
  worker.task.catch((cause: unknown) => fail(new Error('the statement worker failed', { cause })));

  const feed = async (): Promise<void> => {
    const { value, done } = await batches.next();
    if (stream.destroyed) return;
    clock.moved();
    say({ entries: done ? null : value });
  };
  const started = new Promise<void>((resolve, reject) => {
    stream.once('close', () => reject(stream.errored ?? new Error('the statement was closed before it began')));
    port.on('message', (message: FromWorker) => {
      if (stream.destroyed) return;
      if (message === 'want') return void feed().catch(fail);
      const chunk = message === 'end' ? null : Buffer.from(message.chunk.buffer);
      clock.moved(chunk?.length);
      stream.push(chunk);
      resolve();
    });
  });
  // Without these two lines an unhandled error would end the process. Before the stream has a reader, `started` reports
  // the error.
  stream.on('error', () => undefined);
  started.catch(() => undefined);
  // Requests the first bytes before there is a reader.
  stream.read(0);
  return { stream, started, finished: worker.finished };
}

/** Runs the worker's part. After a stop request it has `killAfterMs` to end by itself, then its thread is killed. */
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

/** Calls `giveUp` after too long without progress, if too little was read, or if the job takes too long in all. */
function startClock({ stallTimeoutMs, readBytesPerSMin, jobTimeoutMs }: JobLimits, giveUp: () => void) {
  const stall = setTimeout(giveUp, stallTimeoutMs);
  const whole = setTimeout(giveUp, jobTimeoutMs);
  let bytes = 0;
  const pace = setInterval(() => {
    if (bytes < (readBytesPerSMin * stallTimeoutMs) / 1_000) giveUp();
    bytes = 0;
  }, stallTimeoutMs);
  return {
    moved: (bytesRead = 0): void => {
      stall.refresh();
      bytes += bytesRead;
    },
    stop: (): void => {
      clearTimeout(stall);
      clearTimeout(whole);
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

/**
 * A store's batches in slices that are small enough to be copied to another thread, and to be rendered between two
 * checks of the port. Only the fields of a statement are kept. Ending it early also ends the source.
 */
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
