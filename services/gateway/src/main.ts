import '@mainstay/service/supported-node';
import { runService } from '@mainstay/service';
import { compose, openStores } from './compose.js';
import { configSchema } from './config.js';

await runService({ name: 'gateway', configSchema }, (runtime) => compose(runtime, openStores(runtime)));
