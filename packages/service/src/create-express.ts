import express, { Router, type Express } from 'express';

/**
 * Express with the settings of every service: no ETag (replies are private and computed), no `x-powered-by`, plain
 * query strings. Paths that differ in case or by a trailing slash are different paths.
 */
export function createExpress(): Express {
  const app = express();
  app.disable('etag');
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  return app;
}

/**
 * A router that compares paths as strictly as the app. Declare routes with their full path, and mount the router at the
 * root.
 */
export function createRouter(): Router {
  return Router({ strict: true, caseSensitive: true });
}
