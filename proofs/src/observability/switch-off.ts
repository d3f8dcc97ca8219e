/**
 * Loaded before a service by `--import`: puts packages that do nothing in the place of those that `SWITCHED_OFF` names, `logs,metrics`. It costs at start alone. What nothing
 * costs cannot be had by a setting: a platform is not run blind.
 */
import { register } from 'node:module';

const off = new Set((process.env.SWITCHED_OFF ?? '').split(','));
// Traces need the ids that the context of a request is made of.
const logging = off.has('logs') && (off.has('traces') ? 'no-logging.ts' : 'only-context.ts');
const replaced = {
  ...(logging && { '@mainstay/logging': new URL(logging, import.meta.url).href }),
  ...(off.has('metrics') && { '@mainstay/metrics': new URL('no-metrics.ts', import.meta.url).href }),
};
const hooks = `
const replaced = ${JSON.stringify(replaced)};
export async function resolve(specifier, context, next) {
  const own = context.parentURL?.includes('/proofs/src/observability/');
  return next(own ? specifier : (replaced[specifier] ?? specifier), context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
