import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes, randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

export interface RequestContext {
  requestId: string;
  /** 32 hex digits, W3C trace context. */
  traceId: string;
  /** What the next hop gets. */
  traceparent: string;
  userId?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

const plainId = /^[A-Za-z0-9._-]{1,64}$/;
// W3C Trace Context: version 00 ends after the flags, a later one may go on.
const traceparentForm = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Gives everything that runs for this request its ids, and answers with `x-request-id`. An incoming id is taken only if it
 * is short and plain. `public`: the caller's trace id is taken, its sampled flag is not, or anyone could fill the trace store.
 */
export function requestContext({ trust }: { trust: 'public' | 'internal' }): RequestHandler {
  return (req, res, next) => {
    const asked = req.headers['x-request-id'];
    const requestId = typeof asked === 'string' && plainId.test(asked) ? asked : randomUUID();
    res.setHeader('x-request-id', requestId);
    storage.run({ requestId, ...traceOf(req.headers.traceparent, trust) }, next);
  };
}

/** The ids of the request that is being served; undefined outside of one. */
export function currentContext(): Readonly<RequestContext> | undefined {
  return storage.getStore();
}

/** From here on the request's lines name the user. Outside of a request it does nothing. */
export function setContextUser(userId: string): void {
  const context = storage.getStore();
  if (context) context.userId = userId;
}

/** Runs `action` with a context taken earlier: events of a socket are emitted outside of the request's own. */
export function withContext<Result>(context: Readonly<RequestContext> | undefined, action: () => Result): Result {
  return context ? storage.run(context, action) : action();
}

function traceOf(header: unknown, trust: 'public' | 'internal'): Pick<RequestContext, 'traceId' | 'traceparent'> {
  const [, version, traceId, parentId, flags, rest] =
    (typeof header === 'string' ? traceparentForm.exec(header) : undefined) ?? [];
  if (traceId === undefined || parentId === undefined || (version === '00' && rest !== undefined)) return newTrace();
  const sampled = trust === 'internal' && (parseInt(flags ?? '00', 16) & 1) === 1;
  return { traceId, traceparent: `00-${traceId}-${parentId}-${sampled ? '01' : '00'}` };
}

function newTrace(): Pick<RequestContext, 'traceId' | 'traceparent'> {
  const traceId = randomBytes(16).toString('hex');
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-00` };
}
