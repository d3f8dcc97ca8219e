import cluster from 'node:cluster';
import { once } from 'node:events';
import { within } from '@mainstay/errors';

/**
 * Disconnects from the parent process (IPC). Waits for the confirmation, because until then PM2 can send a new
 * connection.
 * @throws Error if the parent does not confirm within `timeoutMs`
 */
export async function leaveParent(timeoutMs: number): Promise<void> {
  if (!process.connected) return;
  const left = once(process, 'disconnect');
  if (cluster.worker) cluster.worker.disconnect();
  else process.disconnect();
  await within(left, timeoutMs);
}
