// @ts-check
/**
 * Runs as process 1 of a container. The kernel drops a signal that process 1 does not handle. So a container that gets
 * a stop signal while its modules load would run until it is killed. With these listeners, the process ends at once.
 * After the service has added its own listener, these listeners do nothing.
 */
for (const [name, number] of /** @type {const} */ ([
  ['SIGTERM', 15],
  ['SIGINT', 2],
])) {
  process.on(name, () => {
    if (process.listenerCount(name) === 1) process.exit(128 + number);
  });
}

await import(new URL('./service/dist/main.js', import.meta.url).href);
