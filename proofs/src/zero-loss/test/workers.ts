/**
 * Runs two workers that share a port. When the test sends a message, the primary process replaces the workers one by
 * one, as PM2 does.
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@mainstay/platform/processes/ports';
import { createShutdown } from '../../../../packages/service/dist/shutdown/shutdown.js';

/** Milliseconds until a worker replies. A worker that exits immediately leaves requests without a reply. */
const WORK_MS = 20;

if (cluster.isPrimary) {
  const port = await freePort();
  let workers = [await start(port), await start(port)];
  process.send?.(port);
  process.on('message', async () => {
    const old = workers;
    workers = [];
    for (const worker of old) {
      workers.push(await start(port));
      worker.process.kill('SIGINT');
      if (!worker.isDead()) await once(worker, 'exit');
    }
    process.send?.('replaced');
  });
} else {
  const server = createServer((_req, res) => void delay(WORK_MS).then(() => res.end('ok')));
  if (process.argv[2] === 'exit') {
    process.on('SIGINT', () => process.exit());
  } else {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const shutdown = createShutdown({ log, preDrainDelayMs: 0, drainWindowMs: 10_000, closeTimeoutMs: 1_000 });
    shutdown.drain(server);
    shutdown.listen();
  }
  server.listen(Number(process.env.SHARED_PORT), '127.0.0.1');
}

async function start(port: number) {
  const worker = cluster.fork({ SHARED_PORT: String(port) });
  await once(worker, 'listening');
  return worker;
}
