// One worker of the cluster of workers.test.ts. A message increments a counter, or asks for the metrics page.
import { createServer } from 'node:http';
import { openMetrics } from '@mainstay/metrics';

const options = JSON.parse(process.env.WORKER ?? '{}');
/** @param {object} message */
const tell = (message) => process.send?.(message);
/** @type {import('@mainstay/metrics').OpenMetricsOptions['log']} */
const log = { warn: (warning, fields) => tell({ warning, fields: String(fields?.error) }) };
const metrics = await openMetrics({ service: 'test', version: '1', log, ...options });

const work = metrics.counter({ name: 'work_total', help: 'Work.', labelNames: ['kind'] });
const durations = metrics.histogram({ name: 'work_seconds', help: 'Time.', buckets: options.buckets ?? [0.1, 1] });
metrics.gauge({ name: 'workers_busy', help: 'Busy.' }).set(1);

/** @type {Record<string, (argument: number) => unknown>} */
const calls = {
  work(times) {
    work.inc({ kind: 'done' }, times);
    for (let time = 0; time < times; time += 1) durations.observe(1 / 3);
  },
  render: async () => (await metrics.render()).body,
  close: () => metrics.close(),
};

process.on('message', async (/** @type {{ id: number, call: string, argument: number }} */ { id, call, argument }) => {
  tell({ id, result: await calls[call]?.(argument) });
  if (call === 'close') process.exit(0);
});
// In a cluster, port 0 is the same port for all workers.
const server = createServer(async (_req, res) => {
  res.setHeader('connection', 'close').end((await metrics.render()).body);
});
server.listen(0, '127.0.0.1', () =>
  tell({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port }),
);
