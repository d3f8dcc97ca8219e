import type { MessagePort } from 'node:worker_threads';
import type { FromWorker, JobEntry, ToWorker } from './job-messages.js';

/** Thrown out of a job when the other side closed the port. */
export const cancelled = new Error('the statement is no longer wanted');

/** The worker's end of a job. Every method throws `cancelled` once the port is closed. */
export interface JobPort {
  /** Entries on demand: one batch is fetched while another one is rendered, never more. */
  batches(): AsyncGenerator<JobEntry[]>;
  /** Waits until the reader has room, so that a slow one delays the rendering and does not fill memory. */
  send(chunk: Uint8Array<ArrayBuffer>): Promise<void>;
  end(): void;
}

/** The worker waits for one thing at a time (a batch or room), so one `wake` is enough. */
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
