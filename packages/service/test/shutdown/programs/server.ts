/** A small service for the process tests. Its stdout has one event per line. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createShutdown } from '../../../src/shutdown/shutdown.js';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const say = (line: string) => void process.stdout.write(`${line}\n`);

const shutdown = createShutdown({ log: quiet, preDrainDelayMs: 0, drainWindowMs: 5000, closeTimeoutMs: 1000 });
shutdown.onClose(() => say('closed log'));
shutdown.onClose(() => say('closed pool'));

const held: ServerResponse[] = [];
const server = createServer((req, res) => {
  if (req.url !== '/held') return void res.end('ok');
  held.push(res);
  say('holding');
});
shutdown.drain(server);
shutdown.listen();
shutdown.signal.addEventListener('abort', () => say('draining'));
process.on('message', (message) => message === 'release' && held.forEach((res) => res.end('ok')));
server.listen(0, '127.0.0.1', () => say(`listening ${(server.address() as AddressInfo).port}`));
