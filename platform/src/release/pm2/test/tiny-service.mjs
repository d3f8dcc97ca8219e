// @ts-check
/**
 * Replaces a service in the tests of the release command, so that a whole release takes seconds. It has the ports, the
 * readiness and the drain of a service, but no stores. In a build this file is services/<name>/dist/main.js.
 */
import { createServer } from 'node:http';
import { basename, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createShutdown } from '@mainstay/service';

const name = basename(resolve(import.meta.dirname, '..'));
const port = (/** @type {string} */ kind) => Number(process.env[`${name.toUpperCase()}_${kind}`]);
const log = (/** @type {string} */ message) => console.log(JSON.stringify({ level: 'info', message }));
const shutdown = createShutdown({
  log: { info: log, warn: log, error: log },
  preDrainDelayMs: 0,
  drainWindowMs: 500,
  closeTimeoutMs: 1_000,
});
shutdown.listen();

const answers = { '/readyz': 200, '/healthz': 200, '/openapi.json': 200, '/v1/session': 401, '/version': 200 };
const reply = (
  /** @type {import('node:http').IncomingMessage} */ req,
  /** @type {import('node:http').ServerResponse} */ res,
) => {
  res.statusCode = Object.entries(answers).find(([path]) => path === req.url)?.[1] ?? 404;
  req.resume().once('end', () => res.end(req.url === '/version' ? process.env.VERSION : '{}'));
};

// breakBuild sets this variable for a build that must never become ready.
if (process.env.GATEWAY_REDIS_URL && name === 'gateway') await delay(3_600_000);
for (const kind of ['MANAGEMENT_PORT', 'PORT']) {
  const server = createServer({ keepAliveTimeout: 30_000 }, reply);
  shutdown.drain(server);
  await new Promise((listening) => server.listen({ host: '127.0.0.1', port: port(kind) }, () => listening(undefined)));
}
process.send?.('ready');
