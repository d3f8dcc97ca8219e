import '@mainstay/service/supported-node';
import { startOutbox } from '@mainstay/outbox';
import { openDatabase } from '@mainstay/postgres';
import { runService } from '@mainstay/service';
import { compose } from './compose.js';
import { configSchema } from './config.js';
import { schema } from './postgres/schema.js';

await runService({ name: 'template', configSchema }, (runtime) => {
  const database = openDatabase(runtime, schema);
  startOutbox(runtime, { service: schema.service, pool: database.pool });
  return compose(runtime, database);
});
