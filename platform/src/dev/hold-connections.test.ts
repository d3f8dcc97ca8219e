import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, expect, it } from '@jest/globals';
import { freePort } from '../processes/ports.ts';
import { holdConnections } from './hold-connections.ts';

const ready = () => Promise.resolve(true);
const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

it('holds a request until the restarted service is ready', async () => {
  const [port, target] = [await freePort(), await freePort()];
  let isReady = true;
  closers.push(await holdConnections(port, target, () => Promise.resolve(isReady)));
  async function start(reply: () => string) {
    const service = createServer((_, res) => res.end(reply()));
    closers.push(() => service.close());
    await once(service.listen(target, '127.0.0.1'), 'listening');
    return service;
  }
  const read = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();

  const first = await start(() => 'first');
  expect(await read()).toBe('first');
  const closed = once(first, 'close');
  first.close();
  first.closeAllConnections();
  await closed;

  const readWhileStopped = read();
  isReady = false;
  await start(() => (isReady ? 'second' : 'not ready'));
  const readWhileStarting = read();
  isReady = true;
  expect(await Promise.all([readWhileStopped, readWhileStarting])).toEqual(['second', 'second']);
});

it('refuses a port that is in use', async () => {
  const port = await freePort();
  closers.push(await holdConnections(port, await freePort(), ready));
  await expect(holdConnections(port, await freePort(), ready)).rejects.toThrow('EADDRINUSE');
});
