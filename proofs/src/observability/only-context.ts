/** The logging package without its lines: the ids of requests, for whoever traces them. */
export { createLogger, noteUpstreamTime, requestLog } from './no-logging.ts';
export { currentContext, requestContext, setContextUser, withContext } from '@mainstay/logging';
