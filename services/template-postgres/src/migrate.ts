import { runMigrations } from '@mainstay/postgres';
import { schema } from './postgres/schema.js';

await runMigrations(schema, { job: 'migrate-template' });
