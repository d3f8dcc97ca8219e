import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { traceHop, traceMongo, traceRedis, traceStatements } from '../src/index.js';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';
import { spanId, traceId, traceTo, type Traced } from './traced.js';

let receiver: OtlpReceiver;
let traced: Traced;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  traced = await traceTo(receiver.endpoint);
});
afterEach(() => receiver.close());

async function sent(): Promise<ReceivedSpan[]> {
  await traced.tracing.close();
  return receiver.spans;
}

const errorWith = (properties: object) => Object.assign(new Error('no'), properties);

describe('traceStatements', () => {
  it('records the text of the statement, never its values, and the SQLSTATE of a failure', async () => {
    const trace = traceStatements(traced.tracing, 'postgres://me:hidden@db.example:6432/ledger');
    await traced.asRequest({}, async () => {
      const rows = await trace({ name: 'find_user', text: 'SELECT $1' }, () => Promise.resolve([1]));
      expect(rows).toEqual([1]);
      const failing = trace({ name: 'add_user', text: 'INSERT' }, () =>
        Promise.reject(errorWith({ code: '40001', severity: 'ERROR' })),
      );
      await expect(failing).rejects.toThrow('no');
    });
    await traced.asRequest({ isSampled: false }, () => trace({ text: 'SELECT' }, () => Promise.resolve([])));
    const server = { 'db.system.name': 'postgresql', 'db.namespace': 'ledger', 'server.address': 'db.example' };
    const found = await sent();
    expect(found).toMatchObject([
      { name: 'find_user', kind: 'client', traceId, parentSpanId: spanId, attributes: server, isError: false },
      { name: 'add_user', attributes: { 'error.type': '40001', 'db.response.status_code': '40001' }, isError: true },
    ]);
    expect(JSON.stringify(found)).not.toContain('hidden');
  });

  it('records the code of a socket error as the error type, and not as a SQLSTATE', async () => {
    const trace = traceStatements(traced.tracing, 'postgres://db.example/ledger');
    await traced.asRequest({}, async () => {
      const failing = trace({ text: 'SELECT' }, () => Promise.reject(errorWith({ code: 'EPIPE', syscall: 'write' })));
      await expect(failing).rejects.toThrow('no');
    });
    const [span] = await sent();
    expect(span).toMatchObject({ attributes: { 'error.type': 'EPIPE' }, isError: true });
    expect(span!.attributes).not.toHaveProperty(['db.response.status_code']);
  });
});

describe('traceRedis', () => {
  it('records the command and no key, and NOSCRIPT is not an error', async () => {
    const replies: Record<string, Promise<unknown>> = {
      get: Promise.resolve('OK'),
      evalsha: Promise.reject(new Error('NOSCRIPT No matching script.')),
      set: Promise.reject(new Error('OOM command not allowed')),
    };
    const redis = {
      options: { host: 'redis.example', port: 6380, db: 1 },
      sendCommand: ({ promise }: { promise: Promise<unknown> }): unknown => promise,
    };
    traceRedis(traced.tracing, redis);
    await traced.asRequest({}, async () => {
      for (const [name, promise] of Object.entries(replies)) {
        const command = { name, args: ['session:secret'], promise };
        await (redis.sendCommand(command) as Promise<unknown>).catch(() => undefined);
      }
    });
    const found = await sent();
    expect(found).toMatchObject([
      { name: 'GET', attributes: { 'db.namespace': '1', 'server.port': 6380 }, isError: false },
      { name: 'EVALSHA', isError: false },
      { name: 'SET', attributes: { 'error.type': 'OOM' }, isError: true },
    ]);
    expect(JSON.stringify(found.filter(({ name }) => name !== 'EVALSHA'))).not.toContain('secret');
  });
});

describe('traceMongo', () => {
  it('records commands of traced work by operation and collection', async () => {
    const client = new EventEmitter();
    traceMongo(traced.tracing, client);
    const started = (requestId: number, command: object) => {
      const [commandName] = Object.keys(command);
      client.emit('commandStarted', { requestId, commandName, databaseName: 'd', address: 'm:27017', command });
    };
    traced.asRequest({}, () => {
      started(1, { find: 'events', filter: { secret: 1 } });
      started(2, { getMore: 7n, collection: 'events' });
    });
    started(3, { find: 'events' });
    client.emit('commandSucceeded', { requestId: 1 });
    client.emit('commandFailed', { requestId: 2, failure: errorWith({ code: 11600 }) });
    client.emit('commandSucceeded', { requestId: 3 });
    expect(await sent()).toMatchObject([
      {
        name: 'find events',
        parentSpanId: spanId,
        attributes: { 'db.collection.name': 'events', 'server.port': 27017 },
      },
      { name: 'getMore events', isError: true, attributes: { 'db.response.status_code': '11600' } },
    ]);
  });
});

describe('traceHop', () => {
  it('is the parent of the service’s span, and a 4xx is not an error', async () => {
    const url = new URL('http://accounts:3001');
    const hopTo = (path: string) =>
      traced.asRequest({}, () =>
        traceHop(traced.tracing, { method: 'GET', path, template: '/v1/things/:id', url, address: '10.0.0.7' }),
      )!;
    const hop = hopTo('/v1/things/7?cursor=x');
    hop.replied(404);
    hop.end();
    hop.end();
    const failed = hopTo('/v1/things/8');
    failed.failed(errorWith({ code: 'ECONNREFUSED' }));
    failed.end();
    const [first, second, ...others] = await sent();
    expect(first).toMatchObject({
      name: 'GET /v1/things/:id',
      isError: false,
      attributes: { 'url.full': 'http://accounts:3001/v1/things/7', 'network.peer.address': '10.0.0.7' },
    });
    expect(hop.traceparent).toBe(`00-${traceId}-${first!.spanId}-01`);
    expect(second).toMatchObject({ isError: true, attributes: { 'error.type': 'ECONNREFUSED' } });
    expect(others).toEqual([]);
  });
});
