import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync, randomUUID } from 'node:crypto';
import { requestIdOf } from '@mainstay/errors';
import type { Request, RequestHandler, Response } from 'express';

/** The request that the current work belongs to, and the position of the work in the trace (W3C Trace Context). */
export interface RequestContext {
  /** Absent if the current work belongs to an event and not to a request. */
  requestId?: string | undefined;
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits: the id of this process's work in the trace. */
  spanId: string;
  /** The id of the caller's work in the trace. Absent if the trace begins in this process. */
  parentSpanId?: string | undefined;
  /** Whether spans of the trace are recorded. */
  isSampled: boolean;
  /** The `traceparent` header for the next service. */
  traceparent: string;
  userId?: string | undefined;
}

/** Records traces. Absent if tracing is off. */
export interface RequestTracer {
  /** The share of traces that are recorded, from 0 to 1, for traces that begin in this process. */
  readonly sampleRatio: number;
  /** Called for each recorded request, before any work. */
  requestBegan(context: Readonly<RequestContext>, req: Request, res: Response): void;
}

export interface RequestContextOptions {
  trust: 'public' | 'internal';
  tracer?: RequestTracer | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

// W3C Trace Context: version 00 ends after the flags, and a later version may have more parts.
const traceparentForm = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Runs the request in the context of `openContext`, and responds with the header `x-request-id`. */
export function requestContext(options: RequestContextOptions): RequestHandler {
  return (req, res, next) => {
    const context = openContext(req, res, options);
    res.setHeader('x-request-id', context.requestId);
    storage.run(context, next);
  };
}

/**
 * Makes the ids of a request. It keeps an incoming request id only if the id is short and plain.
 *
 * With `trust: 'public'` it keeps the caller's trace id, but the caller cannot decide whether the trace is recorded.
 * Otherwise any client could fill the trace store.
 */
export function openContext(
  req: Request,
  res: Response,
  { trust, tracer }: RequestContextOptions,
): RequestContext & { requestId: string } {
  const context = traceOf(req.headers.traceparent, trust, tracer?.sampleRatio ?? 0);
  context.requestId = requestIdOf(req) ?? randomUUID();
  if (context.isSampled) tracer?.requestBegan(context, req, res);
  return context as RequestContext & { requestId: string };
}

/** The ids of the current request or event. Returns undefined if the work belongs to neither. */
export function currentContext(): Readonly<RequestContext> | undefined {
  return storage.getStore();
}

/** Adds the user to all later log lines of the current request. Does nothing outside a request. */
export function setContextUser(userId: string): void {
  const context = storage.getStore();
  if (context) context.userId = userId;
}

/**
 * Runs `action` in a context that was saved earlier. Use it for events of a socket, which are emitted outside the
 * context of the request.
 */
export function withContext<Result>(context: Readonly<RequestContext> | undefined, action: () => Result): Result {
  return context ? storage.run(context, action) : action();
}

/** Like `withContext` for an action with one argument, so that the caller needs no closure. */
export function runInContext<Argument>(
  context: RequestContext,
  action: (argument: Argument) => void,
  argument: Argument,
): void {
  storage.run(context, action, argument);
}

function traceOf(header: unknown, trust: 'public' | 'internal', sampleRatio: number): RequestContext {
  const [, version, callersTraceId, callersSpanId, flags = '00', rest] =
    (typeof header === 'string' ? traceparentForm.exec(header) : undefined) ?? [];
  const isCalled = callersTraceId !== undefined && !(version === '00' && rest !== undefined);
  const isDecided = isCalled && trust === 'internal';
  const isSampled = isDecided ? (parseInt(flags, 16) & 1) === 1 : Math.random() < sampleRatio;
  const random = randomHex();
  const traceId = isCalled ? callersTraceId : random.slice(0, 32);
  const spanId = random.slice(32);
  const traceparent = `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
  const parentSpanId = isCalled ? callersSpanId : undefined;
  return { requestId: undefined, traceId, spanId, parentSpanId, isSampled, traceparent, userId: undefined };
}

const IDS_BYTES = 24;
/** Random bytes for some hundred requests. One call for all of them costs as much as a call for one request. */
const randomBytes = Buffer.allocUnsafe(256 * IDS_BYTES);
let randomBytesUsed = randomBytes.length;

/** Returns 48 hex digits, for a trace id and a span id. */
function randomHex(): string {
  if (randomBytesUsed === randomBytes.length) {
    randomFillSync(randomBytes);
    randomBytesUsed = 0;
  }
  const from = randomBytesUsed;
  randomBytesUsed += IDS_BYTES;
  return randomBytes.toString('hex', from, randomBytesUsed);
}
