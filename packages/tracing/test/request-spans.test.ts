import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';
import { spanId, traceId, traceTo, type Traced } from './traced.js';

let receiver: OtlpReceiver;
let traced: Traced;
let server: Server;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  traced = await traceTo(receiver.endpoint);
  const app = express();
  const context = {
    traceId,
    spanId,
    parentSpanId: '00f067aa0ba902b7',
    isSampled: true,
    requestId: 'r-1',
    userId: 'u-1',
  };
  app.use((req, res, next) => {
    traced.tracing.requestBegan({ ...context, traceparent: '' }, req, res);
    next();
  });
  app.get('/v1/things/:id', (req, res) => void res.status(Number(req.params.id)).json({}));
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  await traced.tracing.close();
  server.closeAllConnections();
  server.close();
  await receiver.close();
});

async function spanOf(path: string, method = 'GET'): Promise<ReceivedSpan> {
  const { port } = server.address() as AddressInfo;
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  await reply.arrayBuffer();
  const spans = await receiver.until(({ length }) => length > 0);
  return spans[0]!;
}

describe('the span of a request', () => {
  it('has the ids of the log lines, and the attributes of the request and its response', async () => {
    expect(await spanOf('/v1/things/200?secret=1')).toMatchObject({
      name: 'GET /v1/things/:id',
      kind: 'server',
      traceId,
      spanId,
      parentSpanId: '00f067aa0ba902b7',
      isError: false,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/v1/things/:id',
        'url.path': '/v1/things/200',
        'http.response.status_code': 200,
        'http.response.header.x-request-id': ['r-1'],
        'user.id': 'u-1',
      },
    });
    expect(JSON.stringify(receiver.spans)).not.toContain('secret');
  });

  it.each([
    [404, false, undefined],
    [409, false, undefined],
    [500, true, '500'],
    [503, true, '503'],
  ])('of a reply with %i is an error: %s', async (status, isError, errorType) => {
    const span = await spanOf(`/v1/things/${status}`);
    expect([span.isError, span.attributes['error.type']]).toEqual([isError, errorType]);
  });

  it('does not contain an unknown path or method in its name', async () => {
    const span = await spanOf('/v1/nothing', 'PROPFIND');
    expect(span).toMatchObject({
      name: '_OTHER',
      attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'PROPFIND' },
    });
  });
});
