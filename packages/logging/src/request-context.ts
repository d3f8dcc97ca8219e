import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync, randomUUID } from 'node:crypto';
import { requestIdOf } from '@mainstay/errors';
import type { Request, RequestHandler, Response } from 'express';

/** The ids of the request or stream event that the process handles now. Traces follow W3C Trace Context. */
export interface RequestContext {
  /** Undefined while the process handles an event. */
  requestId?: string | undefined;
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
  /** The caller's span. Undefined if the trace begins here. */
  parentSpanId?: string | undefined;
  /** Whether the trace is recorded. */
  isSampled: boolean;
  /** The `traceparent` header for the next service. */
  traceparent: string;
  userId?: string | undefined;
}

/** `@mainstay/tracing` implements this interface. */
export interface RequestTracer {
  /** The share of traces that are recorded if no internal caller decides, from 0 to 1. */
  readonly sampleRatio: number;
  /** Called for each request whose trace is recorded, before the request is handled. */
  requestBegan(context: Readonly<RequestContext>, req: Request, res: Response): void;
}

export interface RequestContextOptions {
  trust: 'public' | 'internal';
  tracer?: RequestTracer | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

// A header of version 00 ends after the flags. Later versions can have more parts.
const traceparentForm = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Runs the request in the context of `openContext`, and responds with the header `x-request-id`. */
export function requestContext(options: RequestContextOptions): RequestHandler {
  return (req, res, next) => {
    const context = openContext(req, res, options);
    res.setHeader('x-request-id', context.requestId);
    storage.run(context, next);
  };
}

/** Makes the context of a request. A public caller cannot decide whether its trace is recorded. */
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

/** Returns the context of the current request or event, or undefined. */
export function currentContext(): Readonly<RequestContext> | undefined {
  return storage.getStore();
}

/** Adds the user to all later log lines of the current request. */
export function setContextUser(userId: string): void {
  const context = storage.getStore();
  if (context) context.userId = userId;
}

/** Runs `action` in a saved context. The listeners of a socket need it, because they run outside the request. */
export function withContext<Result>(context: Readonly<RequestContext> | undefined, action: () => Result): Result {
  return context ? storage.run(context, action) : action();
}

/** Like `withContext`, but passes an argument to `action`, so that the caller needs no closure. */
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
/** Random bytes for 256 requests, because a call for many bytes takes little longer than a call for few. */
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
