import { SpanKind } from '@opentelemetry/api';
import { errorTypeOf, failWith } from './failures.js';
import { traceparentOf } from './traceparent.js';
import type { Tracing } from './tracing.js';

/** One attempt to have a service answer a request. */
export interface Hop {
  method: string;
  /** Path and query. The query is not recorded. */
  path: string;
  /** The path's pattern, as `url.template`. */
  template?: string | undefined;
  /** The configured address of the service. */
  url: URL;
  /** The address that is called. */
  address: string;
}

export interface TracedHop {
  /** Makes the service's own span a child of this one. */
  readonly traceparent: string;
  /** The reply's head has arrived. */
  replied(statusCode: number): void;
  failed(error: unknown): void;
  /** Call it when the body of the reply has ended, or when there is no reply. A second call has no effect. */
  end(): void;
}

/** Undefined if the current request is not recorded. A service's 4xx is the caller's error, not the hop's. */
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
