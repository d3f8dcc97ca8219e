/** Replaces the logging package. Writes no log lines, but keeps the request context, because traces need its ids. */
export { createLogger, logRequest, noteUpstreamTime, requestLog } from './no-logging.ts';
export {
  currentContext,
  openContext,
  requestContext,
  runInContext,
  setContextUser,
  withContext,
} from '@mainstay/logging';
