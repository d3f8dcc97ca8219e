import type { Schema } from '@mainstay/postgres';

/** The migrations, and the rights of the service's role. The role may insert and read items, but not change them. */
export const schema: Schema = {
  service: 'template',
  migrations: new URL('../../migrations/', import.meta.url),
  grants: {
    'SELECT, INSERT': ['items', 'outbox'],
    'SELECT, INSERT, DELETE': ['idempotency_keys'],
  },
};
