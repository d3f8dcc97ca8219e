import type { MessagePort } from 'node:worker_threads';
import type { StatementEntry, StatementFormat, StatementHeading } from './statement.js';

/** An entry on its way to the worker; the time is epoch milliseconds. */
export interface JobEntry extends Omit<StatementEntry, 'createdAt'> {
  createdAt: number;
}

export type JobHeading = StatementHeading;

/** What the pool hands to a worker. Everything else travels over `port`. */
export interface StatementTask {
  format: StatementFormat;
  heading: JobHeading;
  port: MessagePort;
}

/**
 * To the worker: the batch it asked for (null = there are no more), or leave to send one more chunk.
 * Closing the port cancels the job.
 */
export type ToWorker = { entries: JobEntry[] | null } | 'read';

/** From the worker: it wants a batch, it sends the chunk that it had leave for, the document is whole. */
export type FromWorker = 'want' | { chunk: Uint8Array<ArrayBuffer> } | 'end';
