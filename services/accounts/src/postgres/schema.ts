import type { Schema } from '@mainstay/postgres';

/**
 * The tables, and the rights of the service's role. Entries and transfers may be added and read, never changed, so the
 * ledger's history does not depend on correct code.
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
