// @ts-check
/**
 * Runs as process 1 of a container. Process 1 ignores a stop signal that has no listener. So, at SIGTERM or SIGINT, the
 * listeners below end a process whose service is still loading its modules. After the service has added its own
 * listeners, the listeners below do nothing.
 */
import { constants } from 'node:os';

for (const name of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
  process.on(name, () => {
    if (process.listenerCount(name) === 1) process.exit(128 + constants.signals[name]);
  });
}

await import(new URL('./service/dist/main.js', import.meta.url).href);
