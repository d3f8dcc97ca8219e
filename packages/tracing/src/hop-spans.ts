import { SpanKind } from '@opentelemetry/api';
import { errorTypeOf, failWith } from './failures.js';
import { traceparentOf } from './traceparent.js';
import type { Tracing } from './tracing.js';

/** One attempt to send a request to a service. */
export interface Hop {
  method: string;
  /** The path and the query. The query is not recorded. */
  path: string;
  /** The pattern of the path, recorded as `url.template`. */
  template?: string | undefined;
  /** The configured address of the service. */
  url: URL;
  /** The address of the called instance. */
  address: string;
}

export interface TracedHop {
  /** The `traceparent` header for the service. The service's span becomes a child of this span. */
  readonly traceparent: string;
  /** Call it when the head of the reply has arrived. */
  replied(statusCode: number): void;
  failed(error: unknown): void;
  /** Call it when the body has ended, or if no reply arrives. A second call does nothing. */
  end(): void;
}

/** Begins the span of a call to a service. Undefined if the current request is not recorded. */
export function traceHop(tracing: Tracing, { method, path, template, url, address }: Hop): TracedHop | undefined {
  const parent = tracing.traced();
  if (!parent) return undefined;
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const span = tracing.begin({
    name: template === undefined ? method : `${method} ${template}`,
    kind: SpanKind.CLIENT,
    parent,
    attributes: {
      'http.request.method': method,
      'server.address': url.hostname,
      'server.port': port,
      'network.peer.address': address,
      'network.peer.port': port,
      'url.full': `${url.origin}${path.split('?', 1)[0]}`,
      'url.template': template,
    },
  });
  return {
    traceparent: traceparentOf(span),
    replied(statusCode) {
      span.setAttribute('http.response.status_code', statusCode);
      if (statusCode >= 500) failWith(span, String(statusCode));
    },
    failed: (error) => failWith(span, errorTypeOf(error)),
    end: () => {
      if (span.isRecording()) span.end();
    },
  };
}
