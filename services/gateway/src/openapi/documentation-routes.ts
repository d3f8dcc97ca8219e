import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { methodNotAllowed } from '@mainstay/errors';
import { securityHeaders } from '@mainstay/hardening';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';

/** From the package's root: these files are served as they are committed. */
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

/** Every path that `documentationRoutes` answers. */
export const documentationPaths: readonly string[] = ['/openapi.json', ...files.map(({ url }) => url)];

/** `/openapi.json` and its reader at `/docs`. Nothing inline and nothing from elsewhere runs there. @throws Error where the document is missing */
export function documentationRoutes(): Router {
  const routes = createRouter();
  for (const path of documentationPaths) routes.options(path, methodNotAllowed(['GET', 'HEAD']));
  const document = readFileSync(path.join(ownFiles, 'openapi/openapi.json'));
  routes.get('/openapi.json', (_req, res) => {
    res.setHeader('cache-control', 'no-cache');
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
