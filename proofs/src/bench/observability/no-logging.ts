/** Replaces the logging package. Its functions have no effect. */
const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
  close: () => Promise.resolve(),
};
const pass = (_req: unknown, _res: unknown, next: () => void) => next();

export const createLogger = () => silent;
export const requestContext = () => pass;
export const requestLog = () => pass;
export const currentContext = () => undefined;
export const setContextUser = () => undefined;
export const noteUpstreamTime = () => undefined;
export const withContext = <Result>(_context: unknown, action: () => Result) => action();
