// Runs example-service.mjs in cluster workers, as PM2 does. cluster-worker.test.ts sends the commands.
import cluster from 'node:cluster';

cluster.setupPrimary({ exec: new URL('example-service.mjs', import.meta.url).pathname, execArgv: [] });

process.on('message', (/** @type {string} */ message) => {
  const [what, id, connectionsMax] = message.split(' ');
  if (what === 'start') start({ STORE_ANSWERS: id, CONNECTIONS_MAX: connectionsMax });
  else if (what === 'answer') cluster.workers?.[Number(id)]?.send('store answers');
  else cluster.workers?.[Number(id)]?.process.kill('SIGINT');
});
process.on('disconnect', () => {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
});

/** @param {Record<string, string | undefined>} settings */
function start(settings) {
  const worker = cluster.fork(settings);
  worker.on('message', (message) => process.send?.(`${worker.id} ${message}`));
  worker.on('exit', (code) => process.send?.(`${worker.id} exited ${code}`));
}
