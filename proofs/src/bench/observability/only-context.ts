/** The package logging without its lines: it keeps the ids of requests, which traces need. */
export { createLogger, noteUpstreamTime, requestLog } from './no-logging.ts';
export { currentContext, requestContext, setContextUser, withContext } from '@mainstay/logging';
