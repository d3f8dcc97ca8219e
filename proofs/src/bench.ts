/**
 * Benchmarks, each interleaved with a rival in the same run. Only the ratios within one run count.
 *
 *   npm run bench -- events     CPU per event of relay and consumer
 *   npm run bench -- gateway    CPU per request beside @fastify/http-proxy; needs wrk and redis-server
 *   npm run bench -- ledger     transfers per second beside pgbench; needs wrk and pgbench
 */
const benchmarks: Record<string, () => Promise<{ run: (args: string[]) => Promise<void> }>> = {
  events: () => import('./bench/events.ts'),
  gateway: () => import('./bench/gateway.ts'),
  ledger: () => import('./bench/ledger.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = benchmarks[name];
if (load) await (await load()).run(args);
else {
  console.error(`There is no benchmark "${name}". There are: ${Object.keys(benchmarks).join(', ')}.`);
  process.exitCode = 1;
}
