import type { Schema } from '@mainstay/postgres';

/** The migrations, and the permissions of the service's role. The role cannot change entries or transfers. */
export const schema: Schema = {
  service: 'accounts',
  migrations: new URL('../../migrations/', import.meta.url),
  grants: {
    'SELECT, INSERT': ['transfers', 'entries', 'outbox'],
    'SELECT, INSERT, UPDATE': ['users', 'accounts'],
    'SELECT, INSERT, DELETE': ['idempotency_keys'],
  },
};
