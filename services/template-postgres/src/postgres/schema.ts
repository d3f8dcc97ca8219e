import type { Schema } from '@mainstay/postgres';

/** The tables, and the rights of the service's role. Items may be added and read, never changed. */
export const schema: Schema = {
  service: 'template',
  migrations: new URL('../../migrations/', import.meta.url),
  grants: {
    'SELECT, INSERT': ['items', 'outbox'],
    'SELECT, INSERT, DELETE': ['idempotency_keys'],
  },
};
