import type { Schema } from '@mainstay/postgres';

/**
 * The migrations, and the rights of the service's role. The role may insert and read entries and transfers, but not
 * change them. So a bug in the service cannot change the history of the ledger.
 */
export const schema: Schema = {
  service: 'accounts',
  migrations: new URL('../../migrations/', import.meta.url),
  grants: {
    'SELECT, INSERT': ['transfers', 'entries', 'outbox'],
    'SELECT, INSERT, UPDATE': ['users', 'accounts'],
    'SELECT, INSERT, DELETE': ['idempotency_keys'],
  },
};
