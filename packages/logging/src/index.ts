export { createLogger, type Log, type LogFields, type LoggerOptions } from './create-logger.js';
export type { LogLevel } from './log-line.js';
export {
  currentContext,
  openContext,
  requestContext,
  runInContext,
  setContextUser,
  withContext,
  type RequestContext,
  type RequestTracer,
} from './request-context.js';
export { logRequest, noteUpstreamTime, requestLog } from './request-log.js';
