import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import express, { type Express } from 'express';
import { countAsStream, createMetrics } from './index.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(routes: (app: Express) => void) {
  const metrics = createMetrics({ service: 'gateway', version: 'test' });
  const app = express();
  app.use(metrics.requestMetrics());
  routes(app);
  const server = http.createServer(app).listen(0, '127.0.0.1');
  closers.push(
    () => server.close().closeAllConnections(),
    () => metrics.close(),
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const lines = async () => (await metrics.render()).body.split('\n').filter((line) => line.startsWith('http_'));
  return {
    port,
    lines,
    /** Waits until the sum of the counts is `total`, because a reply can arrive before its request is counted. */
    counts: async (total: number): Promise<string[]> => {
      for (;;) {
        const counts = (await lines()).filter((line) => line.startsWith('http_request_duration_seconds_count'));
        const sum = counts.reduce((all, line) => all + Number(line.split(' ').at(-1)), 0);
        if (sum >= total) return counts.map((line) => line.slice('http_request_duration_seconds_count'.length));
        await new Promise(setImmediate);
      }
    },
  };
}

async function send(port: number, path: string, method = 'GET'): Promise<void> {
  const [reply] = (await once(http.request({ port, path, method }).end(), 'response')) as [http.IncomingMessage];
  await once(reply.resume(), 'end');
}

describe('requestMetrics', () => {
  it('labels a request by method, route pattern and status class', async () => {
    const { port, counts } = await serve((app) => {
      app.post('/v1/transfers', (_req, res) => void res.sendStatus(409));
      app.get('/v1/transfers/:transferId', (_req, res) => void res.json({}));
    });
    await send(port, '/v1/transfers/1?a=b');
    await send(port, '/v1/transfers/2');
    await send(port, '/v1/transfers', 'POST');
    expect(await counts(3)).toEqual([
      '{method="GET",route="/v1/transfers/:transferId",status_class="2xx"} 2',
      '{method="POST",route="/v1/transfers",status_class="4xx"} 1',
    ]);
  });

  it('makes no series from client input: unknown paths, unknown methods, and refusals before a route', async () => {
    const { port, counts } = await serve((app) => {
      app.use('/refused', (_req, res) => void res.sendStatus(429));
    });
    for (const path of ['/wp-login.php', '/a%20b', '/%ff', '/refused/1', '/refused/2']) await send(port, path);
    for (const method of ['PROPFIND', 'M-SEARCH']) await send(port, '/', method);
    expect(await counts(7)).toEqual([
      '{method="GET",route="unmatched",status_class="4xx"} 5',
      '{method="other",route="unmatched",status_class="4xx"} 2',
    ]);
  });

  it('has buckets from 5 ms to 10 s, with a bound at the latency objective', async () => {
    const { port, counts, lines } = await serve((app) => app.get('/', (_req, res) => void res.json({})));
    await send(port, '/');
    await counts(1);
    const bounds = (await lines()).flatMap((line) => /le="([^"]+)"/.exec(line)?.[1] ?? []);
    expect(bounds).toEqual([
      '0.005',
      '0.01',
      '0.025',
      '0.05',
      '0.1',
      '0.2',
      '0.3',
      '0.5',
      '1',
      '2.5',
      '5',
      '10',
      '+Inf',
    ]);
  });

  it('counts running requests, and stops counting a request when its client leaves', async () => {
    const { port, counts, lines } = await serve((app) => app.get('/hanging', () => undefined));
    const inFlight = async (count: number) => {
      while (!(await lines()).includes(`http_requests_in_flight ${count}`)) await new Promise(setImmediate);
    };
    await inFlight(0);
    const request = http.get({ port, path: '/hanging' }).on('error', () => undefined);
    await inFlight(1);
    request.destroy();
    await inFlight(0);
    expect(await counts(1)).toEqual(['{method="GET",route="/hanging",status_class="aborted"} 1']);
  });

  it('measures a stream until it begins, and separately how long it is open', async () => {
    const { port, counts, lines } = await serve((app) => {
      app.get('/live', (_req, res) => {
        res.writeHead(200).flushHeaders();
        countAsStream(res);
        countAsStream(res);
      });
    });
    const shows = async (...wanted: string[]) => {
      const missing = (shown: string[]) => wanted.filter((line) => !shown.includes(line));
      while (missing(await lines()).length > 0) await new Promise(setImmediate);
    };
    const feed = http.get({ port, path: '/live' }, (reply) => reply.on('error', () => undefined).resume());
    feed.on('error', () => undefined);
    await shows('http_requests_in_flight 0', 'http_streams_open 1');
    const begun = ['{method="GET",route="/live",status_class="2xx"} 1'];
    expect(await counts(1)).toEqual(begun);
    expect(await lines()).not.toContain('http_stream_duration_seconds_count{route="/live"} 1');
    feed.destroy();
    await shows(
      'http_requests_in_flight 0',
      'http_streams_open 0',
      'http_stream_duration_seconds_count{route="/live"} 1',
    );
    expect(await counts(1)).toEqual(begun);
  });
});
