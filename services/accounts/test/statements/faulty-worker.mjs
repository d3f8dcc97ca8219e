/** @import { MessagePort } from 'node:worker_threads' */
/** @import { StatementTask, ToWorker } from '../../src/statements/job-messages.js' */

const { renderStatement: render } = await import(
  new URL('../../dist/statements/statement-worker.js', import.meta.url).href
);

/**
 * Renders like the real worker, but fails for some names of the holder.
 * @param {StatementTask} task
 */
export async function renderStatement(task) {
  const { holder } = task.heading;
  if (holder === 'spins') for (;;);
  if (holder === 'crashes at once') process.exit(1);
  if (holder === 'crashes later') exitAtBatch(task.port, 20);
  return render(task);
}

/**
 * Ends the thread when batch number `last` arrives.
 * @param {MessagePort} port
 * @param {number} last
 */
function exitAtBatch(port, last) {
  let batches = 0;
  port.on('message', (/** @type {ToWorker} */ message) => {
    if (message !== 'read' && ++batches === last) process.exit(1);
  });
}
