import type { MessagePort } from 'node:worker_threads';
import type { StatementEntry, StatementFormat, StatementHeading } from './statement.js';

/** An entry in a message to the worker thread. The time is in epoch milliseconds. */
export interface JobEntry extends Omit<StatementEntry, 'createdAt'> {
  createdAt: number;
}

export type JobHeading = StatementHeading;

/** The task that the pool gives to a worker thread for one statement. Batches and chunks use `port`. */
export interface StatementTask {
  format: StatementFormat;
  heading: JobHeading;
  port: MessagePort;
}

/** To the worker: the next batch (null after the last entry), or permission to send one chunk. */
export type ToWorker = { entries: JobEntry[] | null } | 'read';

/** From the worker: a request for a batch, a chunk, or the end of the document. */
export type FromWorker = 'want' | { chunk: Uint8Array<ArrayBuffer> } | 'end';
