export { createExpress, createRouter } from './create-express.js';
export {
  healthReply,
  publicHealthReply,
  StoreImpairedError,
  type Health,
  type HealthReport,
  type Probe,
} from './health.js';
export { nameCaller } from './name-caller.js';
export { openRedis, type OpenRedisOptions, type RedisConnection, type RedisRole } from './open-redis.js';
export { perWorker } from './per-worker.js';
export { probeRedis } from './probe-redis.js';
export { problemReplies } from './problem-replies.js';
export { DEADLINE_HEADER, deadlineOf, requestDeadline } from './request-deadline.js';
export { reportIdentityRefusals } from './report-identity-refusals.js';
export { redisSettings, type RedisAddress } from './redis-address.js';
export { connectRedis, noArguments, runCommand, type CommandDescription } from './run-command.js';
export { runService, type Runtime, type ServiceDescription } from './run-service.js';
export { createSecurityLog, type SecurityLog, type SecurityLogOptions, type SecurityReport } from './security-log.js';
export { createShutdown, type Shutdown, type ShutdownOptions } from './shutdown/shutdown.js';
export { serviceSettings, type ServiceSettings } from './settings.js';
