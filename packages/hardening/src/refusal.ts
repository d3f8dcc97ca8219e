import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, PROBLEM_MEDIA_TYPE, problemOf } from '@mainstay/errors';
import type { Fault } from './request-faults.js';
import { dataReplyHeaders } from './security-headers.js';

/** A problem+json reply to a request that the app never sees. */
export interface Refusal {
  requestId: string;
  traceId: string;
  fault: Fault;
}

const parserFaults: Record<string, Fault> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'too_large', detail: 'Target and headers may have at most 16 KiB.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: 'too_large', detail: 'The chunk extensions are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'deadline_exceeded', detail: 'The request took too long to arrive.' },
};

/**
 * Returns why Node's parser stopped. Returns undefined for data after `Connection: close`, because the client expects
 * no reply to that data.
 */
export function parserFaultOf({ code = '' }: NodeJS.ErrnoException): Fault | undefined {
  if (code === 'HPE_CLOSED_CONNECTION') return undefined;
  return parserFaults[code] ?? { status: 400, code: 'invalid_request', detail: 'The request could not be read.' };
}

/** Refuses a request that has a `ServerResponse`. */
export function refuseBy(res: ServerResponse, refusal: Refusal): void {
  const body = bodyOf(refusal);
  res.writeHead(refusal.fault.status, headersOf(refusal, body)).end(body);
}

/** Refuses a request that has no `ServerResponse`, and ends the connection. */
export function refuseOn(socket: Socket, refusal: Refusal): void {
  const { fault } = refusal;
  const body = bodyOf(refusal);
  const headers = Object.entries(headersOf(refusal, body)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}\r\n${headers.join('')}\r\n${body}`);
}

function bodyOf({ requestId, traceId, fault: { status, code, detail } }: Refusal): string {
  const problem = problemOf(new AppError(code, detail), requestId, traceId);
  return JSON.stringify(problem.status === status ? problem : { ...problem, title: STATUS_CODES[status], status });
}

function headersOf({ requestId, fault }: Refusal, body: string): Record<string, string> {
  return {
    ...dataReplyHeaders,
    'content-type': PROBLEM_MEDIA_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-request-id': requestId,
    ...(fault.status === 503 && { 'retry-after': '1' }),
    connection: 'close',
  };
}
