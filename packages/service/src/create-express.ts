import express, { Router, type Express } from 'express';

/** Creates an Express app with the settings of every service. `/items`, `/Items` and `/items/` are different paths. */
export function createExpress(): Express {
  const app = express();
  app.disable('etag');
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('strict routing', true);
  app.set('case sensitive routing', true);
  return app;
}

/** Creates a router that treats `/items`, `/Items` and `/items/` as different paths. Mount the router at the root. */
export function createRouter(): Router {
  return Router({ strict: true, caseSensitive: true });
}
