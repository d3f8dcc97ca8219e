import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import express, { type Express } from 'express';
import {
  currentContext,
  noteUpstreamTime,
  requestContext,
  requestLog,
  setContextUser,
  type LogFields,
} from './index.js';

type Line = LogFields & { level: string; message: string; context: ReturnType<typeof currentContext> };

const opened: http.Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close().closeAllConnections();
});

/** Starts a real server. `line()` waits for the next access line. */
async function serve(trust: 'public' | 'internal', routes: (app: Express) => void) {
  const lines: Line[] = [];
  const waiting: (() => void)[] = [];
  const write = (level: string) => (message: string, fields?: LogFields) => {
    lines.push({ ...fields, level, message, context: currentContext() });
    waiting.shift()?.();
  };
  const app = express();
  app.use(requestContext({ trust }), requestLog({ info: write('info'), warn: write('warn') }));
  routes(app);
  const server = http.createServer(app).listen(0, '127.0.0.1');
  opened.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    line: async (): Promise<Line> => {
      while (lines.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return lines.shift()!;
    },
  };
}

const echoContext = (app: Express) => app.get('/context', (_req, res) => void res.json(currentContext()));
const traceId = '0af7651916cd43dd8448eb211c80319c';

async function contextOf(trust: 'public' | 'internal', headers: Record<string, string>) {
  const { url } = await serve(trust, echoContext);
  const reply = await fetch(`${url}/context`, { headers });
  const context = (await reply.json()) as Record<
    'requestId' | 'traceId' | 'spanId' | 'parentSpanId' | 'traceparent',
    string
  > & { isSampled: boolean };
  return { header: reply.headers.get('x-request-id'), ...context };
}

describe('requestContext', () => {
  it('keeps a short plain x-request-id and sends it in the response', async () => {
    const { requestId, header } = await contextOf('public', { 'x-request-id': 'order-4711_a.b' });
    expect([requestId, header]).toEqual(['order-4711_a.b', 'order-4711_a.b']);
  });

  it.each(['a b', 'a'.repeat(65), '<script>', 'a,b', '{"a":1}'])('makes a new id instead of %s', async (asked) => {
    expect((await contextOf('public', { 'x-request-id': asked })).requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('continues a caller’s trace, and ignores the sampled flag of a public caller', async () => {
    const parentSpanId = 'b7ad6b7169203331';
    const traceparent = `00-${traceId}-${parentSpanId}-01`;
    const inside = await contextOf('internal', { traceparent });
    expect(inside).toMatchObject({ traceId, parentSpanId, isSampled: true });
    expect(inside.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(inside.traceparent).toBe(`00-${traceId}-${inside.spanId}-01`);
    const outside = await contextOf('public', { traceparent });
    expect(outside).toMatchObject({ traceId, parentSpanId, isSampled: false });
    expect(outside.traceparent).toBe(`00-${traceId}-${outside.spanId}-00`);
  });

  it.each([
    '',
    'x',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `ff-${traceId}-b7ad6b7169203331-01`,
    `00-${traceId}-b7ad6b7169203331-01-more`,
    `00-${traceId.toUpperCase()}-b7ad6b7169203331-01`,
  ])('starts a trace if the caller’s traceparent is invalid: %s', async (traceparent) => {
    const context = await contextOf('internal', { traceparent });
    expect(context.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(context.traceId).not.toBe(traceId);
  });

  it('keeps the contexts of overlapping requests separate', async () => {
    const { url } = await serve('public', (app) => {
      app.use(express.json());
      app.post('/users/:id', async (req, res) => {
        setContextUser(req.params.id);
        await new Promise(setImmediate);
        res.json(currentContext());
      });
    });
    const ids = Array.from({ length: 20 }, (_, index) => `request-${index}`);
    const contexts = await Promise.all(
      ids.map(async (id) => {
        const headers = { 'x-request-id': id, 'content-type': 'application/json' };
        const reply = await fetch(`${url}/users/user-${id}`, { method: 'POST', headers, body: '{"a":1}' });
        return (await reply.json()) as Record<string, string>;
      }),
    );
    expect(contexts.map(({ requestId, userId }) => [requestId, userId])).toEqual(ids.map((id) => [id, `user-${id}`]));
    expect(currentContext()).toBeUndefined();
  });
});

describe('requestLog', () => {
  it('logs method, route pattern, status, duration and bytes, in the request’s context', async () => {
    const { url, line } = await serve('public', (app) => {
      app.get('/v1/accounts/:accountId', (_req, res) => {
        setContextUser('ada');
        res.send('x'.repeat(1_000));
      });
    });
    await (await fetch(`${url}/v1/accounts/0190?name=secret`, { headers: { 'x-request-id': 'r1' } })).text();
    const { durationMs, bytes, context, ...rest } = await line();
    expect(rest).toEqual({
      level: 'info',
      message: 'GET /v1/accounts/:accountId',
      method: 'GET',
      route: '/v1/accounts/:accountId',
      status: 200,
      aborted: false,
    });
    expect(durationMs).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThan(2_000);
    expect(context).toMatchObject({ requestId: 'r1', userId: 'ada' });
  });

  it('counts each reply of a kept-alive connection separately', async () => {
    const { port, line } = await serve('public', (app) => app.get('/', (_req, res) => void res.send('x'.repeat(500))));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const bytes: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      const [reply] = (await once(http.get({ port, agent }), 'response')) as [http.IncomingMessage];
      await once(reply.resume(), 'end');
      bytes.push((await line()).bytes);
    }
    agent.destroy();
    expect(new Set(bytes).size).toBe(1);
    expect(bytes[0]).toBeGreaterThan(500);
  });

  it('logs how long the upstream services took together', async () => {
    const { url, line } = await serve('public', (app) => {
      app.get('/', (req, res) => {
        noteUpstreamTime(req, 10.04);
        noteUpstreamTime(req, 5);
        res.send('');
      });
    });
    await fetch(url);
    expect(await line()).toMatchObject({ upstreamMs: 15 });
  });

  it('logs a path without a route as unmatched, and never logs its text', async () => {
    const { url, line } = await serve('public', () => undefined);
    await fetch(`${url}/wp-login.php?token=hunter2`);
    expect(await line()).toMatchObject({ message: 'GET unmatched', route: 'unmatched', status: 404 });
  });

  it('logs a reply of 500 and above as a warning', async () => {
    const { url, line } = await serve('public', (app) => app.get('/', (_req, res) => void res.sendStatus(503)));
    await fetch(url);
    expect(await line()).toMatchObject({ level: 'warn', status: 503 });
  });

  it('logs that the client left before the reply', async () => {
    const { port, line } = await serve('public', (app) => app.get('/slow', (_req, res) => void res.write('begun')));
    const request = http.get({ port, path: '/slow' });
    await once(request, 'response');
    request.destroy();
    expect(await line()).toMatchObject({ route: '/slow', aborted: true });
  });
});
