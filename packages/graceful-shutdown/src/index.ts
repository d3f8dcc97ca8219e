export type { Closable } from './closers.js';
export type { ShutdownLog } from './shutdown-log.js';
export { createShutdown, type Shutdown, type ShutdownOptions } from './shutdown.js';
