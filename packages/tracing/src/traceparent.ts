import type { Span } from '@opentelemetry/api';
import type { TraceContext } from './tracing.js';

const sampledForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f][13579bdf]$/;

/** The `traceparent` header for a process that continues the span (W3C Trace Context). */
export function traceparentOf(span: Span): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

/** Parses a traceparent of this platform. Undefined if the work is not recorded. */
export function sampledOrigin(traceparent: string | undefined): TraceContext | undefined {
  const [, traceId, spanId] = (traceparent === undefined ? undefined : sampledForm.exec(traceparent)) ?? [];
  if (traceparent === undefined || traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, isSampled: true, traceparent };
}
