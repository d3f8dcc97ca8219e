import express, { type Express } from 'express';

/** Express as every service uses it: no ETag (replies are private and computed), no banner, plain query strings. */
export function createExpress(): Express {
  const app = express();
  app.disable('etag');
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  return app;
}
