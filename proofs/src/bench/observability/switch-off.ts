/**
 * Node.js loads this file before a service, with `--import`. `SWITCHED_OFF=logs,metrics` replaces the packages for logs
 * and metrics with packages that do nothing.
 */
import { register } from 'node:module';

const off = new Set((process.env.SWITCHED_OFF ?? '').split(','));
// Traces need the ids in the request context. So if logs are off and traces are on, keep the request context.
const logging = off.has('logs') && (off.has('traces') ? 'no-logging.ts' : 'only-context.ts');
const replaced = {
  ...(logging && { '@mainstay/logging': new URL(logging, import.meta.url).href }),
  ...(off.has('metrics') && { '@mainstay/metrics': new URL('no-metrics.ts', import.meta.url).href }),
};
const hooks = `
const replaced = ${JSON.stringify(replaced)};
export async function resolve(specifier, context, next) {
  const own = context.parentURL?.includes('/proofs/src/bench/observability/');
  return next(own ? specifier : (replaced[specifier] ?? specifier), context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
