import { AppError, methodNotAllowed } from '@mainstay/errors';
import { securityHeaders } from '@mainstay/hardening';
import { createRouter } from '@mainstay/service';
import type { Request, Response, Router } from 'express';
import { readWebFiles, type Encoding, type WebFile } from './web-files.js';

/**
 * Serves the web interface without sessions and rate limits. Unknown paths go to the next handler.
 * @throws Error if the folder contains no build
 */
export function webRoutes(directory: string): Router {
  const routes = createRouter();
  const { files, page, pages } = readWebFiles(directory);
  const headers = securityHeaders({ content: 'pages' });
  routes.get([...pages], headers, (req, res, next) => {
    res.vary('accept');
    if (!req.accepts('html')) return next(new AppError('not_found'));
    send(page, req, res);
  });
  // A web worker gets its content security policy from its script, so send the headers with every file.
  for (const [url, file] of files) routes.get(url, headers, (req, res) => send(file, req, res));
  routes.all([...pages, ...files.keys()], methodNotAllowed(['GET', 'HEAD']));
  return routes;
}

function send(file: WebFile, req: Request, res: Response): void {
  res.vary('accept-encoding');
  res.setHeader('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  res.setHeader('etag', file.etag);
  if (req.fresh) return void res.status(304).end();
  const encoding = bestEncoding(file, req);
  if (encoding) res.setHeader('content-encoding', encoding);
  res.setHeader('content-type', file.type);
  res.send((encoding && file.encoded[encoding]) ?? file.body);
}

/** Browsers accept all encodings with equal weight, so prefer the strongest compression. */
function bestEncoding({ encoded }: WebFile, req: Request): Encoding | undefined {
  const there = Object.keys(encoded) as Encoding[];
  return there.find((encoding) => req.acceptsEncodings(encoding));
}
