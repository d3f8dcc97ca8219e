// @ts-check
/** The logging package's door, with nothing behind it. */
const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
  close: () => Promise.resolve(),
};
/** @param {unknown} _req @param {unknown} _res @param {() => void} next */
const pass = (_req, _res, next) => next();

export const createLogger = () => silent;
export const requestContext = () => pass;
export const requestLog = () => pass;
export const currentContext = () => undefined;
export const setContextUser = () => undefined;
export const noteUpstreamTime = () => undefined;
/** @template Result @param {unknown} _context @param {() => Result} action */
export const withContext = (_context, action) => action();
