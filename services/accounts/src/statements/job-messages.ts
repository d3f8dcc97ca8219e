import type { MessagePort } from 'node:worker_threads';
import type { StatementEntry, StatementFormat, StatementHeading } from './statement.js';

/** An entry for the worker; the time is epoch milliseconds. */
export interface JobEntry extends Omit<StatementEntry, 'createdAt'> {
  createdAt: number;
}

export type JobHeading = StatementHeading;

/** The pool's message to a worker. Everything else uses `port`. */
export interface StatementTask {
  format: StatementFormat;
  heading: JobHeading;
  port: MessagePort;
}

/**
 * To the worker: the requested batch (null = no more entries), or permission to send one more chunk. Closing the port
 * cancels the job.
 */
export type ToWorker = { entries: JobEntry[] | null } | 'read';

/** From the worker: a request for a batch, a permitted chunk, or the end of the document. */
export type FromWorker = 'want' | { chunk: Uint8Array<ArrayBuffer> } | 'end';
