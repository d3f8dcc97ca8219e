// @ts-check
/**
 * Process 1 of a container. The kernel drops a signal that process 1 does not listen for: a container that is told to
 * stop while its modules still load would continue, and finally be killed. Here it ends at once; when the service
 * listens itself, this does nothing.
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
