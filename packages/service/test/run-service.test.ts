import { afterEach, describe, expect, it } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { freePort } from '@mainstay/platform/testing';

const program = fileURLToPath(new URL('example-service.mjs', import.meta.url));
let child: ChildProcess | undefined;

afterEach(() => void child?.kill('SIGKILL'));

async function start(settings: Record<string, string> = {}) {
  const [port, managementPort] = [await freePort(), await freePort()];
  const started = fork(program, {
    env: { PORT: String(port), MANAGEMENT_PORT: String(managementPort), GREETING: 'hello', ...settings },
    execArgv: [],
    silent: true,
  });
  child = started;
  let output = '';
  for (const stream of [started.stdout, started.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    started,
    output: () => output,
    url: `http://127.0.0.1:${port}`,
    management: `http://127.0.0.1:${managementPort}`,
    closed: async () => ((await once(started, 'close')) as [number])[0],
    async said(text: string) {
      while (!output.includes(text)) await once(started.stdout!, 'data');
    },
  };
}

describe('runService', () => {
  it('serves at once, is ready when its stores have responded, and sends `ready` to its parent', async () => {
    const service = await start();
    await service.said('"listening"');
    expect(await (await fetch(service.url)).json()).toEqual({ greeting: 'hello' });
    expect((await fetch(`${service.management}/livez`)).status).toBe(200);
    const waiting = await fetch(`${service.management}/readyz`);
    expect([waiting.status, await waiting.json()]).toEqual([
      503,
      { status: 'starting', waitingFor: ['store'], degraded: [] },
    ]);
    service.started.send('store answers');
    expect(await once(service.started, 'message')).toEqual(['ready', undefined]);
    expect((await fetch(`${service.management}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${service.management}/metrics`)).text()).toContain(
      'service_build_info{service="example"',
    );
  });

  it('listens only on HOST and MANAGEMENT_HOST', async () => {
    const service = await start({ HOST: '127.0.0.2', MANAGEMENT_HOST: '127.0.0.3' });
    await service.said('"listening"');
    const ofOthers = (url: string) =>
      ['127.0.0.1', '127.0.0.2', '127.0.0.3'].map((host) => url.replace('127.0.0.1', host));
    const statusesOf = (urls: string[]) =>
      Promise.all(
        urls.map((url) =>
          fetch(url)
            .then(({ status }) => status)
            .catch(() => 'refused'),
        ),
      );
    expect(await statusesOf(ofOthers(service.url))).toEqual(['refused', 200, 'refused']);
    expect(await statusesOf(ofOthers(`${service.management}/livez`))).toEqual(['refused', 'refused', 200]);
  });

  it('keeps unused connections for the configured time, 75 s by default', async () => {
    const keptBy = async (settings?: Record<string, string>) => {
      const service = await start(settings);
      await service.said('"listening"');
      const { headers } = await fetch(service.url);
      child?.kill('SIGKILL');
      return headers.get('keep-alive');
    };
    expect(await keptBy()).toBe('timeout=75');
    expect(await keptBy({ KEEP_ALIVE_TIMEOUT_MS: '620000' })).toBe('timeout=620');
  });

  it('stops on SIGTERM with 0, and closes its resources in reverse order', async () => {
    const service = await start();
    await service.said('"listening"');
    service.started.kill('SIGTERM');
    expect(await service.closed()).toBe(0);
    expect(service.output()).toMatch(/opened last[^]*opened first/);
  });

  it('responds on the readiness path with 503 while load balancers still send connections', async () => {
    const service = await start({ PRE_DRAIN_DELAY_MS: '60000' });
    await service.said('"listening"');
    service.started.kill('SIGTERM');
    await service.said('"shutting down"');
    const reply = await fetch(`${service.management}/readyz`);
    expect([reply.status, await reply.json()]).toMatchObject([503, { status: 'draining' }]);
    expect((await fetch(service.url)).status).toBe(200);
  });

  it('names every wrong setting and exits with 1', async () => {
    const service = await start({ GREETING: '', LOG_LEVEL: 'loud' });
    expect(await service.closed()).toBe(1);
    expect(service.output()).toMatch(/LOG_LEVEL [^]*GREETING is not set/);
    expect(service.output()).not.toContain('    at ');
  });

  it('exits with 1 and one sentence when a port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const service = await start({ PORT: String(port) });
    expect(await service.closed()).toBe(1);
    expect(service.output()).toContain(`cannot listen on 127.0.0.1:${port}: another process uses the port`);
    taken.close();
  });

  it('exits with 1 and one sentence when its workers cannot share their metrics in the folder', async () => {
    const service = await start({ METRICS_DIR: `/tmp/${'x'.repeat(100)}` });
    expect(await service.closed()).toBe(1);
    expect(service.output()).toContain('choose a shorter METRICS_DIR');
  });
});
