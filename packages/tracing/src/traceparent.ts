import type { Span } from '@opentelemetry/api';
import type { TraceContext } from './tracing.js';

const sampledForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f][13579bdf]$/;

/** The value that makes another process's span a child of this one (W3C Trace Context). */
export function traceparentOf(span: Span): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

/** The work that one of our traceparents names; undefined if it is not recorded, or the text is not one of ours. */
export function sampledOrigin(traceparent: string | undefined): TraceContext | undefined {
  const [, traceId, spanId] = (traceparent === undefined ? undefined : sampledForm.exec(traceparent)) ?? [];
  if (traceparent === undefined || traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, isSampled: true, traceparent };
}
