export { openStores, wipeStores, DEFAULT_PORTS, PORT_SETTINGS, StoresError } from './open-stores.js';
export type { GivenStores, OpenStoresOptions, Stores } from './open-stores.js';
export { PortTakenError, StartError } from './process-plan.js';
export type { ProcessPlan } from './process-plan.js';
export { supervise } from './supervised-process.js';
export type { SupervisedProcess } from './supervised-process.js';
export { createTestDatabase, createTestMongo, createTestRedis } from './test-stores.js';
export type { TestDatabase, TestMongo, TestRedis } from './test-stores.js';
