export { createLogger, type Log, type LogFields, type LoggerOptions } from './create-logger.js';
export type { LogLevel } from './log-line.js';
export {
  currentContext,
  requestContext,
  setContextUser,
  withContext,
  type RequestContext,
  type RequestTracer,
} from './request-context.js';
export { noteUpstreamTime, requestLog } from './request-log.js';
