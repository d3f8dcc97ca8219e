import type { IncomingMessage, ServerResponse } from 'node:http';
import { SpanKind, type Attributes, type Span } from '@opentelemetry/api';
import { failWith } from './failures.js';
import type { TraceContext, Tracing } from './tracing.js';

type BeginRequest = (context: TraceContext, name: string, options: { kind: SpanKind; attributes: Attributes }) => Span;

/** The properties that Express adds to a request. */
type Routed = IncomingMessage & { route?: { path?: string | string[] }; protocol?: string; hostname?: string };

/** All other methods share one span name, so that a client cannot create span names. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** Makes the span of an inbound request. Query and client address are personal data and are not recorded. */
export function requestSpans(begin: BeginRequest): Tracing['requestBegan'] {
  return (context, request, res) => {
    const req = request as Routed;
    const method = methods.has(req.method ?? '') ? String(req.method) : '_OTHER';
    const span = begin(context, method, { kind: SpanKind.SERVER, attributes: attributesOf(context, req, method) });
    res.once('close', () => endWith(span, context, method, req, res));
  };
}

function attributesOf({ requestId }: TraceContext, req: Routed, method: string): Attributes {
  return {
    'http.request.method': method,
    ...(method === '_OTHER' && { 'http.request.method_original': req.method }),
    'url.path': req.url?.split('?', 1)[0],
    'url.scheme': req.protocol ?? 'http',
    'server.address': req.hostname,
    'network.protocol.version': req.httpVersion,
    'user_agent.original': req.headers['user-agent'],
    ...(requestId !== undefined && { 'http.response.header.x-request-id': [requestId] }),
  };
}

function endWith(span: Span, context: TraceContext, method: string, req: Routed, res: ServerResponse): void {
  const path = req.route?.path;
  if (path !== undefined) {
    span.setAttribute('http.route', String(path));
    // The semantic conventions replace an unknown method by HTTP.
    span.updateName(`${method === '_OTHER' ? 'HTTP' : method} ${String(path)}`);
  }
  if (context.userId !== undefined) span.setAttribute('user.id', context.userId);
  if (res.headersSent) span.setAttribute('http.response.status_code', res.statusCode);
  if (!res.writableFinished) span.setAttribute('mainstay.request.aborted', true);
  if (res.headersSent && res.statusCode >= 500) failWith(span, String(res.statusCode));
  span.end();
}
