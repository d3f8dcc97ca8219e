import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ProcessPlan } from '../processes/process-plan.ts';
import { freePort, isPortFree } from '../processes/ports.ts';
import { superviseReplaceable, type ReplaceableProcess } from './replaceable-process.ts';
import { openSteadyPort } from './steady-port.ts';

/** Responds with its generation after a while. On SIGTERM it stops as the services do: idle connections stay open for one more request. */
const program = (port: number, generation: number) => `
  let isLeaving = false;
  const server = require('node:http').createServer((req, res) => {
    if (isLeaving) res.setHeader('connection', 'close');
    setTimeout(() => res.end('${generation}'), 20);
  });
  server.listen(${port}, '127.0.0.1');
  process.on('SIGTERM', () => {
    isLeaving = true;
    require('node:net').Server.prototype.close.call(server);
  });`;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function plans(code: typeof program): (ports: number[], generation: number) => ProcessPlan {
  const directory = mkdtempSync(join(tmpdir(), 'replaceable-'));
  return ([port = 0], generation) => ({
    name: 'the service',
    command: process.execPath,
    args: ['-e', code(port, generation)],
    recordFile: join(directory, `service-${generation}.pid`),
    logFile: join(directory, 'service.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    readyTimeoutMs: 20_000,
    ports: [{ port, setting: 'SERVICE_PORT' }],
    isReady: async () => !(await isPortFree(port)),
  });
}

async function start(code: typeof program): Promise<{ service: ReplaceableProcess; port: number; url: string }> {
  const port = await freePort();
  const service = await superviseReplaceable(plans(code), [port], { report: () => undefined });
  closers.push(() => service.stop());
  return { service, port, url: `http://127.0.0.1:${port}/` };
}

/** Sends one request after another on a connection that is kept alive. */
async function askUntil(url: string, isOver: () => boolean): Promise<string[]> {
  const answers: string[] = [];
  while (!isOver()) {
    const reply = await fetch(url);
    answers.push(reply.status === 200 ? await reply.text() : `status ${reply.status}`);
  }
  return answers;
}

describe('a restart of a replaceable process', () => {
  it('answers every request that arrives during it, first by the old process and then by the new one', async () => {
    const { service, port, url } = await start(program);
    let isOver = false;
    const clients = Array.from({ length: 4 }, () => askUntil(url, () => isOver));
    closers.push(() => Promise.resolve((isOver = true)));
    const first = service.pid();
    await service.restart();
    expect(service.pid()).not.toBe(first);
    await service.settled();
    expect(await (await fetch(url)).text()).toBe('1');
    isOver = true;
    const answers = (await Promise.all(clients)).flat();
    expect(answers.filter((answer) => answer !== '0' && answer !== '1')).toEqual([]);
    await service.stop();
    expect(await isPortFree(port)).toBe(true);
  });

  it('fails if the new process does not start, and the old one continues to serve', async () => {
    const code: typeof program = (own, generation) =>
      generation === 0 ? program(own, generation) : `throw new Error('a slip of the pen')`;
    const { service, url } = await start(code);
    await expect(service.restart()).rejects.toThrow('a slip of the pen');
    expect(await (await fetch(url)).text()).toBe('0');
  });
});

describe('a steady port', () => {
  it('holds a request until a process accepts it', async () => {
    const [port, own] = [await freePort(), await freePort()];
    const steady = await openSteadyPort(port);
    closers.push(() => steady.close());
    steady.leadTo(own);
    const answer = fetch(`http://127.0.0.1:${port}/`);
    await once(connect(port, '127.0.0.1'), 'connect'); // the port is open, although nothing listens behind it
    const server = createServer((_req, res) => res.end('served'));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    await once(server.listen(own, '127.0.0.1'), 'listening');
    expect(await (await answer).text()).toBe('served');
  });
});
