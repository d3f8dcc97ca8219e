import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { Response } from 'express';
import { Pool } from 'undici';
import { relayReply } from './relay.js';

async function listening(handler: http.RequestListener): Promise<{ port: number; close: () => void }> {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

describe('relayReply', () => {
  it('cuts off a response that its client reads very slowly, and releases the connection to the service', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const service = await listening((_req, res) => {
      res.on('close', release).on('error', () => undefined);
      const more = (): void => {
        while (res.write(Buffer.alloc(64 * 1024)));
      };
      res.on('drain', more);
      more();
    });
    const pool = new Pool(`http://127.0.0.1:${service.port}`);
    const gateway = await listening(async (_req, res) => {
      const reply = await pool.request({ method: 'GET', path: '/' });
      const express = Object.assign(res, { status: (code: number) => Object.assign(res, { statusCode: code }) });
      await relayReply(reply, express as unknown as Response, { withinMs: 300 });
    });
    const client = net.connect(gateway.port, '127.0.0.1').on('error', () => undefined);
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    let tail = '';
    client.on('data', (chunk: Buffer) => {
      tail = chunk.subarray(-5).toString('latin1');
      client.pause();
      setTimeout(() => client.resume(), 5);
    });
    const broken = once(client, 'close');
    await released;
    await broken;
    expect(tail).not.toBe('0\r\n\r\n');
    await pool.destroy();
    gateway.close();
    service.close();
  });
});
