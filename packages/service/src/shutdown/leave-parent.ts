import cluster from 'node:cluster';
import { once } from 'node:events';
import { within } from './within.js';

/**
 * Takes leave of the process that started this one over IPC. A cluster worker waits until the primary (PM2, for one) has confirmed it:
 * one that just exits may still be handed a connection, which dies with it.
 * @throws Error when the parent does not confirm within `timeoutMs`
 */
export async function leaveParent(timeoutMs: number): Promise<void> {
  if (!process.connected) return;
  const left = once(process, 'disconnect');
  if (cluster.worker) cluster.worker.disconnect();
  else process.disconnect();
  await within(left, timeoutMs);
}
