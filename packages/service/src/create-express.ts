import express, { Router, type Express } from 'express';

/** Express with the settings of every service. `/items`, `/Items` and `/items/` are different paths. */
export function createExpress(): Express {
  const app = express();
  app.disable('etag');
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  return app;
}

/** A router with the same rules for paths. Mount the router at the root. */
export function createRouter(): Router {
  return Router({ strict: true, caseSensitive: true });
}
