import type { Span } from '@opentelemetry/api';
import type { TraceContext } from './tracing.js';

const sampledForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f][13579bdf]$/;

/** Returns the W3C header `traceparent`, with which a different process can continue the trace of the span. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

/**
 * Parses a `traceparent` header that this platform has made. Returns undefined if the header is missing or invalid, or
 * if the trace is not recorded.
 */
export function sampledOrigin(traceparent: string | undefined): TraceContext | undefined {
  const [, traceId, spanId] = (traceparent === undefined ? undefined : sampledForm.exec(traceparent)) ?? [];
  if (traceparent === undefined || traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, isSampled: true, traceparent };
}
