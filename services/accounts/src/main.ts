import '@mainstay/service/supported-node';
import { runService } from '@mainstay/service';
import { startOutbox } from '@mainstay/outbox';
import { openDatabase } from '@mainstay/postgres';
import { compose } from './compose.js';
import { configSchema } from './config.js';
import { schema } from './postgres/schema.js';

await runService({ name: 'accounts', configSchema }, (runtime) => {
  const database = openDatabase(runtime, schema);
  startOutbox(runtime, { service: schema.service, pool: database.pool, isFirst: true });
  return compose(runtime, database);
});
