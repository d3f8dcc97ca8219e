import type { Express } from 'express';
import { problemReply, unknownRoute } from '@mainstay/errors';
import type { Metrics } from '@mainstay/metrics';
import { createExpress } from './create-express.js';
import { healthReply, type Health } from './health.js';

/**
 * Endpoints for operators, on a port that is never public. `/livez` ignores stores, because a restart of the service
 * repairs no database.
 */
export function createManagementApp({ health, metrics }: { health: Health; metrics: Metrics }): Express {
  const app = createExpress();
  app.get('/livez', (_req, res) => void res.json({ status: 'ok' }));
  app.get(['/readyz', '/healthz'], healthReply(health));
  app.get('/metrics', async (_req, res) => {
    const { contentType, body } = await metrics.render();
    res.type(contentType).send(body);
  });
  app.use(unknownRoute(), problemReply({ requestId: () => 'management', report: () => undefined }));
  return app;
}
