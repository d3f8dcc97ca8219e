import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync, randomUUID } from 'node:crypto';
import { requestIdOf } from '@mainstay/errors';
import type { Request, RequestHandler, Response } from 'express';

/** The request that the current work belongs to, and its position in the trace (W3C Trace Context). */
export interface RequestContext {
  /** Absent if the current work is not for a request, but for an event of one. */
  requestId?: string | undefined;
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits: this process's part of the trace. */
  spanId: string;
  /** The caller's part; absent if the trace begins here. */
  parentSpanId?: string | undefined;
  /** Whether spans of the trace are recorded. */
  isSampled: boolean;
  /** The value for the next hop. */
  traceparent: string;
  userId?: string | undefined;
}

/** Records traces, if tracing is on. */
export interface RequestTracer {
  /** Share of the traces beginning here that are recorded, 0 … 1. */
  readonly sampleRatio: number;
  /** Called for each recorded request before any work. */
  requestBegan(context: Readonly<RequestContext>, req: Request, res: Response): void;
}

export interface RequestContextOptions {
  trust: 'public' | 'internal';
  tracer?: RequestTracer | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

// W3C Trace Context: version 00 ends after the flags, a later one may continue.
const traceparentForm = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Gives everything that runs for this request the context of `openContext`, and responds with `x-request-id`. */
export function requestContext(options: RequestContextOptions): RequestHandler {
  return (req, res, next) => {
    const context = openContext(req, res, options);
    res.setHeader('x-request-id', context.requestId);
    storage.run(context, next);
  };
}

/**
 * The ids of a request. An incoming request id is kept only if it is short and plain. `public`: the caller's trace id
 * is kept. Neither its sampled flag nor its id decides what is recorded, because any client could otherwise fill the
 * trace store.
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

/** The ids of the current request, or of the current event; undefined outside of one. */
export function currentContext(): Readonly<RequestContext> | undefined {
  return storage.getStore();
}

/** From here on the request's lines name the user. Outside of a request it does nothing. */
export function setContextUser(userId: string): void {
  const context = storage.getStore();
  if (context) context.userId = userId;
}

/** Runs `action` with a context taken earlier, because a socket's events are emitted outside the request's context. */
export function withContext<Result>(context: Readonly<RequestContext> | undefined, action: () => Result): Result {
  return context ? storage.run(context, action) : action();
}

/** `withContext` for an action with one argument, so that no closure is needed. */
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
/** Random bytes for some hundred requests: drawing a few costs as much as drawing many. */
const randomBytes = Buffer.allocUnsafe(256 * IDS_BYTES);
let randomBytesUsed = randomBytes.length;

/** 48 hex digits: a trace id and a span id. */
function randomHex(): string {
  if (randomBytesUsed === randomBytes.length) {
    randomFillSync(randomBytes);
    randomBytesUsed = 0;
  }
  const from = randomBytesUsed;
  randomBytesUsed += IDS_BYTES;
  return randomBytes.toString('hex', from, randomBytesUsed);
}
