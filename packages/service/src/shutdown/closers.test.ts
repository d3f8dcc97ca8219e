import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import { createShutdown } from './shutdown.js';

function setUp() {
  const log = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
  const exit = jest.fn();
  const order: string[] = [];
  const shutdown = createShutdown({
    log,
    preDrainDelayMs: 0,
    drainWindowMs: 1000,
    closeTimeoutMs: 50,
    exit: (code) => {
      order.push('exit');
      exit(code);
    },
  });
  return { shutdown, log, exit, order };
}

describe('onClose', () => {
  it('closes the resources in reverse order, then exits', async () => {
    const { shutdown, order } = setUp();
    shutdown.onClose({ end: () => order.push('pool') });
    shutdown.onClose({
      close: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push('relay');
      },
    });
    shutdown.onClose(() => order.push('worker'));
    await shutdown.begin('test');
    expect(order).toEqual(['worker', 'relay', 'pool', 'exit']);
  });

  it('calls the method `close` of a function', async () => {
    const { shutdown, order, log } = setUp();
    const called = jest.fn();
    shutdown.onClose(Object.assign(called, { close: () => order.push('middleware') }));
    await shutdown.begin('test');
    expect([order, called.mock.calls, log.error.mock.calls]).toEqual([['middleware', 'exit'], [], []]);
  });

  it('returns the resource', () => {
    const pool = { close: () => undefined };
    expect(setUp().shutdown.onClose(pool)).toBe(pool);
  });

  it('closes all other resources if one fails and one hangs', async () => {
    const { shutdown, log, exit, order } = setUp();
    shutdown.onClose(() => order.push('first'), 'first');
    shutdown.onClose(() => new Promise(() => undefined), 'hanging');
    shutdown.onClose(() => {
      throw new Error('broken');
    }, 'failing');
    await shutdown.begin('test');
    expect(order).toEqual(['first', 'exit']);
    expect(exit).toHaveBeenCalledWith(0);
    const failures = log.error.mock.calls.map(([, fields]) => fields) as { resource: string; error: Error }[];
    expect(failures.map(({ resource, error }) => `${resource}: ${error.message}`)).toEqual([
      'failing: broken',
      'hanging: It took longer than 50 ms.',
    ]);
  });

  it('closes a resource that is opened during the shutdown', async () => {
    const { shutdown, order } = setUp();
    shutdown.onClose(() => {
      shutdown.onClose(() => order.push('late'));
    });
    await shutdown.begin('test');
    expect(order).toEqual(['late', 'exit']);
  });

  it('closes a server with kept-alive connections', async () => {
    const { shutdown, order } = setUp();
    const server = createServer((_req, res) => res.end('ok')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new Agent({ keepAlive: true });
    const [res] = (await once(get({ port: (server.address() as AddressInfo).port, agent }), 'response')) as [
      IncomingMessage,
    ];
    res.resume();
    await once(res, 'end');
    shutdown.onClose(server, 'management');
    await shutdown.begin('test');
    expect(server.listening).toBe(false);
    expect(order).toEqual(['exit']);
    agent.destroy();
  });
});

describe('begin', () => {
  it('shuts down once, however often it is called', async () => {
    const { shutdown, exit } = setUp();
    expect(shutdown.begin('one')).toBe(shutdown.begin('two'));
    await shutdown.begin('three');
    expect(exit).toHaveBeenCalledTimes(1);
  });

  it('exits with the given code', async () => {
    const { shutdown, exit } = setUp();
    await shutdown.begin('start failed', 1);
    expect(exit).toHaveBeenCalledWith(1);
  });
});
