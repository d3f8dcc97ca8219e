import type { JobEntry } from './job-messages.js';
import type { StatementEntry } from './statement.js';

const SLICE_ENTRIES = 500;

/**
 * A store's batches in slices that are small enough to be copied to another thread, and to be rendered between two
 * checks of the port. Only the fields of a statement are kept. Returning it returns the source.
 */
export async function* sliced(
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
