import '@mainstay/service/supported-node';
import { runService } from '@mainstay/service';
import { compose, openDatabase, startRelay } from './compose.js';
import { configSchema } from './config.js';

await runService({ name: 'accounts', configSchema }, (runtime) => {
  const pool = openDatabase(runtime);
  startRelay(runtime, pool);
  return compose(runtime, pool);
});
