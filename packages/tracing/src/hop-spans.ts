import { SpanKind } from '@opentelemetry/api';
import { errorTypeOf, failWith } from './failures.js';
import { traceparentOf } from './traceparent.js';
import type { Tracing } from './tracing.js';

/** One attempt to have a request answered by a service. */
export interface Hop {
  method: string;
  /** With the query, which is not recorded. */
  path: string;
  /** The path's pattern, as `url.template`. */
  template?: string | undefined;
  /** Where the service is said to be. */
  url: URL;
  /** Which of its addresses is asked. */
  address: string;
}

export interface TracedHop {
  /** Makes the service's own span a child of this one. */
  readonly traceparent: string;
  /** The reply's head is there. */
  replied(statusCode: number): void;
  failed(error: unknown): void;
  /** The reply's body has ended, or there will be none. Calling it again does nothing. */
  end(): void;
}

/** Undefined where the request in hand is not recorded. A service's 4xx is the caller's doing, and no error of the hop. */
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
