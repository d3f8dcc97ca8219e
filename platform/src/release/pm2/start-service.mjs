// @ts-check
/**
 * PM2 runs `start-service.mjs <service>`. PM2 would show "online" after a failed import of an ESM app, and would keep a
 * process after an unhandled rejection. So this file logs both failures and exits with 1: docs/decisions/0011-pm2-entry.md.
 */
import { enableCompileCache } from 'node:module';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';

// The first worker writes the compiled files. Later workers read them, and start with a quarter less CPU time.
enableCompileCache(fileURLToPath(new URL('../../../../node_modules/.cache/compiled', import.meta.url)));

const service = process.argv.at(-1) ?? '';
const failures = /** @type {const} */ (['uncaughtException', 'unhandledRejection']);
for (const event of failures) process.on(event, (error) => !serviceListens(event) && exitWith(error));
/** The number of listeners before the service is loaded: PM2's listeners and the listener above. */
const listenersBefore = Object.fromEntries(failures.map((event) => [event, process.listenerCount(event)]));

import(new URL(`../../../../services/${service}/dist/main.js`, import.meta.url).href).catch(exitWith);

/**
 * Whether the service has added a listener of its own.
 * @param {typeof failures[number]} event
 */
function serviceListens(event) {
  return process.listenerCount(event) > (listenersBefore[event] ?? 0);
}

/**
 * Writes the error as a log line, and exits with 1. Under PM2 stdout is written asynchronously, and an exit would lose
 * an unwritten line. So the exit waits for the write, but at most one second.
 * @param {unknown} error
 */
function exitWith(error) {
  const { name = 'Error', message = String(error), stack } = error instanceof Error ? error : {};
  const line = {
    time: new Date().toISOString(),
    level: 'error',
    service,
    instance: `${hostname()}-${process.pid}`,
    message: 'could not start: the build is broken',
    error: { name, message, stack },
  };
  process.stdout.write(`${JSON.stringify(line)}\n`, 'utf8', () => process.exit(1));
  setTimeout(() => process.exit(1), 1000);
}
