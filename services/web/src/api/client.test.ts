import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answered, api, readPieces } from './client.js';

const order = { fromAccountId: 'a', toAccountId: 'b', amount: 5 };

describe('a reply whose body breaks off', () => {
  let server: Server;
  let baseUrl: string;
  let respond: (response: ServerResponse) => void;

  beforeAll(async () => {
    server = createServer((_request, response) => respond(response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const post = (signal?: AbortSignal) =>
    answered(
      api.POST('/v1/transfers', {
        baseUrl,
        body: order,
        params: { header: { 'Idempotency-Key': 'key-0123456789abcdef' } },
        ...(signal && { signal }),
      }),
    );
  const breakOff = (status: number, headers: Record<string, string>) => (response: ServerResponse) =>
    response.writeHead(status, headers).write('{"id":', () => response.destroy());

  it.each([
    ['of a known length', 201, { 'content-length': '1000' }],
    ['of an unknown length', 201, {}],
    ['of an error', 503, {}],
  ])('means that the platform may have executed the request: a body %s', async (_what, status, headers) => {
    respond = breakOff(status, { 'content-type': 'application/json', ...headers });
    await expect(post()).rejects.toMatchObject({ name: 'ApiError', code: 'unreachable' });
  });

  it('does not hide that the caller has cancelled the request', async () => {
    const leave = new AbortController();
    respond = (response) => response.writeHead(201).write('{"id":', () => leave.abort());
    await expect(post(leave.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('fails after the received pieces if the body is a file', async () => {
    let breakOffNow: () => void = () => undefined;
    respond = (response) => {
      breakOffNow = () => response.destroy();
      response.writeHead(200, { 'content-type': 'text/csv' }).write('date,');
    };
    const received: string[] = [];
    const read = async () => {
      for await (const piece of readPieces(await fetch(baseUrl))) {
        received.push(new TextDecoder().decode(piece));
        breakOffNow();
      }
    };
    await expect(read()).rejects.toMatchObject({ name: 'ApiError', code: 'unreachable' });
    expect(received).toEqual(['date,']);
  });
});
