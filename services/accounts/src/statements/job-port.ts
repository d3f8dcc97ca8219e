import type { MessagePort } from 'node:worker_threads';
import type { FromWorker, JobEntry, ToWorker } from './job-messages.js';

/** The job fails with this error after the main thread closed the port. */
export const cancelled = new Error('the statement was cancelled');

/** The messages of a job, for the worker thread. After the port is closed, `batches` and `send` throw `cancelled`. */
export interface JobPort {
  /** Yields the batches of entries, and requests one batch ahead. */
  batches(): AsyncGenerator<JobEntry[]>;
  /** Sends the chunk when the reader accepts it, so a slow reader does not fill the memory. */
  send(chunk: Uint8Array<ArrayBuffer>): Promise<void>;
  end(): void;
}

/**
 * Opens the worker's end of a job. A message wakes only one waiting call, so do not wait for `batches` and `send` at
 * the same time.
 */
export function openJobPort(port: MessagePort): JobPort {
  const arrived: (JobEntry[] | null)[] = [];
  let room = 0;
  let closed = false;
  let wake = (): void => undefined;

  port.on('message', (message: ToWorker) => {
    if (message === 'read') room++;
    else arrived.push(message.entries);
    wake();
  });
  port.on('close', () => {
    closed = true;
    wake();
  });
  const say = (message: FromWorker): void => port.postMessage(message);
  const until = async (reached: () => boolean): Promise<void> => {
    while (!closed && !reached()) await new Promise<void>((resolve) => (wake = resolve));
    if (closed) throw cancelled;
  };

  return {
    async *batches() {
      say('want');
      for (;;) {
        await until(() => arrived.length > 0);
        const entries = arrived.shift();
        if (!entries) return;
        say('want');
        yield entries;
      }
    },
    send: async (chunk) => {
      await until(() => room > 0);
      room--;
      port.postMessage({ chunk } satisfies FromWorker, [chunk.buffer]);
    },
    end: () => say('end'),
  };
}
