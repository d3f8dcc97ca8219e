/** Replaces the logging package. Writes no log lines, but keeps the request context, because traces need its ids. */
export { createLogger, noteUpstreamTime, requestLog } from './no-logging.ts';
export { currentContext, requestContext, setContextUser, withContext } from '@mainstay/logging';
