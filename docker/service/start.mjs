// @ts-check
/**
 * Runs as process 1 of a container. Process 1 ignores a stop signal without a listener, so these listeners end the process
 * while its modules load. The service then has listeners of its own.
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
