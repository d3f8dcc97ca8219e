// Generated from platform/src/services.ts: npm run generate.
/** @type {{ name: string, service: string, userId: number, stores: string[], files: string[] }[]} */
export const readers = [
  { name: 'gateway', service: 'gateway', userId: 10001, stores: ['redis'], files: ['redis-url', 'session-secret', 'identity-private-keys'] },
  { name: 'accounts', service: 'accounts', userId: 10002, stores: ['postgres', 'redis'], files: ['database-url', 'redis-url', 'identity-public-keys', 'cursor-secrets'] },
  { name: 'activity', service: 'activity', userId: 10003, stores: ['mongo', 'redis'], files: ['mongo-url', 'redis-url', 'identity-public-keys', 'cursor-secrets'] },
  { name: 'migrate', service: 'accounts', userId: 10004, stores: ['postgres', 'redis'], files: ['database-url', 'database-owner-url'] },
];

/**
 * Databases in PostgreSQL, by service.
 * @type {Record<string, { name: string, owner: string, ownerPassword: string } | undefined>}
 */
export const databases = {
  accounts: { name: 'mainstay', owner: 'mainstay_owner', ownerPassword: 'owner-password' },
};
