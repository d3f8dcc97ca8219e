// A minimal service for run-service.test.ts and cluster-primary.mjs.
import { text } from '@mainstay/config';
import { createExpress, runService, serviceSettings } from '@mainstay/service';
import { z } from 'zod';

const configSchema = z.object({
  ...serviceSettings({ port: 8080, managementPort: 8081 }),
  greeting: text().describe('What to say.'),
});

await runService({ name: 'example', configSchema }, ({ config, health, onClose, log }) => {
  let answers = process.env.STORE_ANSWERS === 'at-once';
  process.on('message', (message) => (answers ||= message === 'store answers'));
  health.require('store', () => (answers ? Promise.resolve() : Promise.reject(new Error('not yet'))));
  onClose(() => log.info('closed what was opened first'), 'first');
  onClose(() => log.info('closed what was opened last'), 'last');
  const app = createExpress();
  app.get('/', (_req, res) => void res.json({ greeting: config.greeting }));
  return app;
});
