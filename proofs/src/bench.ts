/**
 * Runs one benchmark. Compare only figures of the same run.
 *
 *   npm run bench -- events          CPU per event in the event relay and in the event consumer
 *   npm run bench -- gateway         CPU per request compared with @fastify/http-proxy; needs wrk and redis-server
 *   npm run bench -- ledger          transfers per second compared with pgbench; needs wrk and pgbench
 *   npm run bench -- overload        successful requests at 2, 5 and 10 times the load that saturates the platform
 *   npm run bench -- observability   CPU per request with and without logs, metrics and traces
 *   npm run bench -- log-line        CPU per log line compared with the library winston, set up as in winston's manual
 *   npm run bench -- sign-in         whether the duration of a sign-in reveals that an account exists
 * fork:remove web
 *   npm run bench -- lighthouse      Lighthouse's scores of the web interface; needs Chromium
 * end of fork:remove web
 */
const benchmarks: Record<string, () => Promise<{ run: (args: string[]) => Promise<void> }>> = {
  events: () => import('./bench/events.ts'),
  gateway: () => import('./bench/gateway.ts'),
  ledger: () => import('./bench/ledger.ts'),
  overload: () => import('./bench/overload.ts'),
  observability: () => import('./bench/observability.ts'),
  'log-line': () => import('./bench/log-line.ts'),
  'sign-in': () => import('./bench/sign-in.ts'),
  lighthouse: () => import('./bench/lighthouse.ts'), // fork:remove web
};

const [name = '', ...args] = process.argv.slice(2);
const load = benchmarks[name];
if (load) await (await load()).run(args);
else {
  console.error(`There is no benchmark "${name}". There are: ${Object.keys(benchmarks).join(', ')}.`);
  process.exitCode = 1;
}
