// @ts-check
/**
 * Runs as process 1 of a container. Without a listener, process 1 ignores a stop signal. So these listeners end the
 * process while its modules load. Later, the service adds its own listeners.
 */
import { constants } from 'node:os';

for (const name of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
  process.on(name, () => {
    if (process.listenerCount(name) === 1) process.exit(128 + constants.signals[name]);
  });
}

await import(new URL('./service/dist/main.js', import.meta.url).href);
