// @ts-check
/**
 * Runs as process 1 of a container. Process 1 ignores a stop signal without a listener, so these listeners end the process
 * while its modules load. The service then has listeners of its own.
 */
import { constants } from 'node:os';

for (const name of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
  process.on(name, () => {
    if (process.listenerCount(name) === 1) process.exit(128 + constants.signals[name]);
  });
}

await import(new URL('./service/dist/main.js', import.meta.url).href);
