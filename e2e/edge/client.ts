import { expect } from '@jest/globals';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import type { Edge } from './edges.js';

export interface Ask {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Pass an agent to keep connections open. */
  agent?: https.Agent;
  /** A PROXY protocol header, sent before TLS begins. */
  introduction?: string;
}

export interface Answer {
  status: number;
  /** Names are in lower case. */
  headers: Record<string, string | string[]>;
  /** Not decompressed. */
  body: Buffer;
  text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test reads what it asserts
  json: any;
}

export type Speak = (edge: Edge, ask: Ask) => Promise<Answer>;

/**
 * Sends one request over HTTP/1.1.
 * @throws Error if the connection ends without a reply
 */
export const overHttp1: Speak = async (edge, { method = 'GET', path, headers = {}, body, agent, introduction }) => {
  const ca = await edge.certificate();
  const socket = introduction && (await introduced(edge, ca, introduction));
  const request = https.request(edge.url + path, {
    method,
    headers: sized(headers, body),
    ca,
    ...(socket ? { createConnection: () => socket } : { agent: agent ?? false }),
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return answerOf(response.statusCode, response.rawHeaders, response);
};

async function introduced(edge: Edge, ca: Buffer, introduction: string): Promise<tls.TLSSocket> {
  const socket = net.connect(Number(new URL(edge.url).port), '127.0.0.1');
  await once(socket, 'connect');
  await new Promise((resolve) => socket.write(introduction, resolve));
  return tls.connect({ socket, ca, servername: 'localhost' });
}

/**
 * Sends one request over HTTP/2, on its own connection.
 * @throws Error if the stream is reset without a reply
 */
export const overHttp2: Speak = async (edge, { method = 'GET', path, headers = {}, body }) => {
  const session = http2.connect(edge.url, { ca: await edge.certificate() });
  try {
    const stream = session.request(
      { ':method': method, ':path': path, ...sized(headers, body) },
      { endStream: body === undefined },
    );
    const failure = new Promise<never>((_resolve, reject) => void session.once('error', reject));
    if (body !== undefined) stream.end(body);
    const [, , raw] = (await Promise.race([once(stream, 'response'), failure])) as [unknown, number, string[]];
    const status = raw[raw.indexOf(':status') + 1];
    return await answerOf(Number(status), raw, stream);
  } finally {
    session.close();
  }
};

/** Sends one request without TLS. */
export async function inTheClear(edge: Edge, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const request = http.request(edge.plainUrl + path, { headers, agent: false }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return answerOf(response.statusCode, response.rawHeaders, response);
}

function sized(headers: Record<string, string>, body: string | Buffer | undefined): Record<string, string> {
  return body === undefined || 'transfer-encoding' in headers
    ? headers
    : { 'content-length': String(Buffer.byteLength(body)), ...headers };
}

async function answerOf(status = 0, raw: readonly string[], stream: AsyncIterable<unknown>): Promise<Answer> {
  const headers: Record<string, string | string[]> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const [name, value] = [raw[at]!.toLowerCase(), raw[at + 1]!];
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const text = body.toString();
  const isJson = String(headers['content-type']).includes('json');
  return { status, headers, body, text, json: isJson && text ? (JSON.parse(text) as unknown) : undefined };
}

/** Asserts a problem+json reply with this status and code. */
export function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json']);
  expect(answer.json).toMatchObject({
    type: `urn:problem:${code}`,
    status,
    code,
    requestId: answer.headers['x-request-id'],
  });
  expect(answer.headers['cache-control']).toBe('no-store');
}
