/** Helpers for the tests of all workspaces: separate stores, a proxy that causes faults, free ports. */
export { freePort } from './processes/ports.ts';
export { testRedisUrl } from './stores/redis.ts';
export type { ServiceName as RedisUser } from './services.ts';
export { createTestProxy } from './testing/test-proxy.ts';
export type { TestProxy } from './testing/test-proxy.ts';
export { createTestMongod, createTestPostgres, createTestRedis } from './testing/test-servers.ts';
export type { TestMongod, TestPostgres, TestRedis, TestServer } from './testing/test-servers.ts';
export { createTestDatabase, createTestMongo } from './testing/test-stores.ts';
export type { TestDatabase, TestMongo } from './testing/test-stores.ts';
