export { createExpress, createRouter } from './create-express.js';
export { healthReply, StoreImpairedError, type Health, type HealthReport, type Probe } from './health.js';
export { nameCaller } from './name-caller.js';
export { openRedis, type OpenRedisOptions, type RedisConnection, type RedisRole } from './open-redis.js';
export { probeRedis } from './probe-redis.js';
export { deadlineHeader, requestDeadline } from './request-deadline.js';
export { connectRedis, runCommand, type CommandDescription } from './run-command.js';
export { runService, type Runtime, type ServiceDescription } from './run-service.js';
export { serviceSettings, type ServiceSettings } from './settings.js';
