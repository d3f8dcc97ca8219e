/** Reloads two workers one by one, as PM2 does. */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';

cluster.setupPrimary({ exec: new URL('server.js', import.meta.url).pathname, silent: true });

/** All workers that listen on port 0 get the same port. */
async function startWorker(): Promise<{ worker: Worker; port: number }> {
  const worker = cluster.fork();
  const [address] = (await once(worker, 'listening')) as [{ port: number }];
  return { worker, port: address.port };
}

const first = await startWorker();
const second = await startWorker();
process.stdout.write(`listening ${first.port}\n`);
await once(process, 'message');
for (const { worker } of [first, second]) {
  await startWorker();
  worker.process.kill('SIGINT');
  const [code] = (await once(worker, 'exit')) as [number];
  process.stdout.write(`exited ${code}\n`);
}
process.stdout.write('reloaded\n');
process.on('disconnect', () => {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
});
