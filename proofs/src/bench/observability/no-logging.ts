/** Replaces the logging package. Its functions have no effect. */
import type { Log, RequestContext } from '@mainstay/logging';

const silent: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
  close: () => Promise.resolve(),
};
const pass = (_req: unknown, _res: unknown, next: () => void) => next();
/** The gateway sends these ids to clients and services, so they exist. They are the same for each request. */
const context: RequestContext & { requestId: string } = {
  requestId: 'none',
  traceId: '0'.repeat(32),
  spanId: '0'.repeat(16),
  isSampled: false,
  traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`,
};

export const createLogger = () => silent;
export const requestContext = () => pass;
export const requestLog = () => pass;
export const logRequest = () => undefined;
export const openContext = () => context;
export const currentContext = () => undefined;
export const setContextUser = () => undefined;
export const noteUpstreamTime = () => undefined;
export const withContext = <Result>(_context: unknown, action: () => Result) => action();
export const runInContext = <Argument>(_context: unknown, action: (argument: Argument) => void, argument: Argument) =>
  action(argument);
