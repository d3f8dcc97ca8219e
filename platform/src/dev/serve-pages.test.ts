import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { freePort } from '../processes/ports.ts';
import { servePages } from './serve-pages.ts';

const dataDirectory = mkdtempSync(join(tmpdir(), 'serve-pages-'));
const closers: (() => Promise<unknown>)[] = [() => rm()];
const rm = () => Promise.resolve(rmSync(dataDirectory, { recursive: true, force: true }));
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

it('serves the web page with demo users and hot reload, and the API of the gateway, at the same address', async () => {
  const [port, gatewayPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const gateway = createServer((req, res) => res.end(`${req.headers.host} ${req.url}`));
  await once(gateway.listen(gatewayPort, '127.0.0.1'), 'listening');
  closers.push(() => new Promise((resolve) => gateway.close(resolve)));
  await servePages(
    { port, apiUrl: `http://127.0.0.1:${gatewayPort}`, dataDirectory },
    { onClose: (close) => void closers.push(close), signal: AbortSignal.timeout(60_000) },
  );
  const page = await (await fetch(`${url}/sign-in`, { headers: { accept: 'text/html' } })).text();
  expect(page).toContain('/@vite/client');
  expect(page).toContain('&quot;email&quot;:&quot;ada@example.com&quot;');

  expect(await (await fetch(`${url}/v1/session`)).text()).toBe(`127.0.0.1:${port} /v1/session`);
});
