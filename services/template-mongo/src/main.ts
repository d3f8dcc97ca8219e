import '@mainstay/service/supported-node';
import { openMongoDatabase } from '@mainstay/mongo';
import { runService } from '@mainstay/service';
import { compose } from './compose.js';
import { configSchema } from './config.js';

await runService({ name: 'template', configSchema }, (runtime) => compose(runtime, openMongoDatabase(runtime)));
