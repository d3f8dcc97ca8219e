// @ts-check
/**
 * Process 1 of a container. The kernel drops a signal that process 1 does not listen for. So a container that gets a
 * stop signal while its modules load would continue until it is killed. With these listeners it ends at once. When the
 * service has a listener of its own, they do nothing.
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
