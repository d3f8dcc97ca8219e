import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { methodNotAllowed } from '@mainstay/errors';
import { securityHeaders } from '@mainstay/hardening';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';
import { templateOf } from './template-of.js';
import { routeTable, type Route } from '../routes.js';

/** Root folder of the gateway package. The documentation files are in this folder, not in dist/. */
const ownFiles = fileURLToPath(new URL('../../', import.meta.url));
const swaggerUi = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const files = [
  { url: '/docs', file: path.join(ownFiles, 'docs/index.html') },
  { url: '/docs/init.js', file: path.join(ownFiles, 'docs/init.js') },
  { url: '/docs/style.css', file: path.join(ownFiles, 'docs/style.css') },
  { url: '/docs/swagger-ui.css', file: path.join(swaggerUi, 'swagger-ui.css') },
  { url: '/docs/swagger-ui-bundle.js', file: path.join(swaggerUi, 'swagger-ui-bundle.js') },
  { url: '/docs/favicon-32x32.png', file: path.join(swaggerUi, 'favicon-32x32.png') },
] as const;

export const documentationPaths: readonly string[] = ['/openapi.json', ...files.map(({ url }) => url)];

/**
 * Serves `/openapi.json`, and Swagger UI at `/docs`.
 * @throws Error if the document is missing
 */
export function documentationRoutes(served: readonly Route[]): Router {
  const routes = createRouter();
  for (const path of documentationPaths) routes.options(path, methodNotAllowed(['GET', 'HEAD']));
  const document = documentOf(readFileSync(path.join(ownFiles, 'openapi/openapi.json'), 'utf8'), served);
  const tag = `"${createHash('sha256').update(document).digest('base64url')}"`;
  routes.get('/openapi.json', (_req, res) => {
    res.setHeader('cache-control', 'no-cache').setHeader('etag', tag);
    res.type('application/json').send(document);
  });
  const pageHeaders = securityHeaders({ content: 'pages' });
  for (const { url, file } of files) {
    routes.get(url, pageHeaders, (_req, res) => {
      res.sendFile(file, { maxAge: '1h' });
    });
  }
  return routes;
}

/** Returns the committed document without the paths that the settings disable. */
function documentOf(text: string, served: readonly Route[]): string {
  const absent = routeTable.filter((route) => !served.includes(route));
  if (absent.length === 0) return text;
  const document = JSON.parse(text) as { paths: Record<string, unknown> };
  const names = new Set(absent.map((route) => templateOf(route.path)));
  const paths = Object.fromEntries(Object.entries(document.paths).filter(([name]) => !names.has(name)));
  return JSON.stringify({ ...document, paths });
}
