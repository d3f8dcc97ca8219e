import cluster from 'node:cluster';
import { once } from 'node:events';
import { within } from '@mainstay/errors';

/**
 * Disconnects from the process that started this one over IPC. A cluster worker waits until the primary (such as PM2)
 * has confirmed it: a worker that only exits may still get a connection, which is lost with it.
 * @throws Error if the parent does not confirm within `timeoutMs`
 */
export async function leaveParent(timeoutMs: number): Promise<void> {
  if (!process.connected) return;
  const left = once(process, 'disconnect');
  if (cluster.worker) cluster.worker.disconnect();
  else process.disconnect();
  await within(left, timeoutMs);
}
