import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attributes, Link, Span, SpanKind } from '@opentelemetry/api';

/** The ids of the request or event that the process handles now. Traces follow W3C Trace Context. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** The caller's span. Undefined if the trace begins here. */
  readonly parentSpanId?: string | undefined;
  /** Whether the trace is recorded. */
  readonly isSampled: boolean;
  /** The `traceparent` header for the next process. */
  readonly traceparent: string;
  readonly requestId?: string | undefined;
  readonly userId?: string | undefined;
}

/** Stores the current context while `action` runs. */
export interface ContextStore {
  current(): TraceContext | undefined;
  run<Result>(context: TraceContext, action: () => Result): Result;
}

/**
 * - `exported`: the collector accepted the spans.
 * - `failed`: the collector did not accept them.
 * - `dropped`: too many spans waited.
 */
export type SpanOutcome = 'exported' | 'failed' | 'dropped';

export interface NewSpan {
  /** A name without ids, such as `GET /v1/accounts/:id`. */
  name: string;
  kind: SpanKind;
  parent: TraceContext;
  attributes: Attributes;
  links?: Link[];
  /** Milliseconds since the epoch. Default: now. */
  startTime?: number;
}

/** Makes spans. Call `begin` only if `traced` returns a context, because only recorded traces have spans. */
export interface Tracing {
  /** Whether a collector is configured. */
  readonly isOn: boolean;
  /** The share of new traces that are recorded, from 0 to 1. */
  readonly sampleRatio: number;
  /** Begins the span of a recorded inbound request. The span ends with the reply. */
  requestBegan(context: TraceContext, req: IncomingMessage, res: ServerResponse): void;
  /** The current context, or undefined if its trace is not recorded. */
  traced(): TraceContext | undefined;
  begin(span: NewSpan): Span;
  /** Makes `span` the current span in `action`. MongoDB spans there get `links`, which must not contain `span`. */
  within<Result>(span: Span, action: () => Result, links?: Link[]): Result;
  /** The `links` that `within` set for the current span. */
  links(): Link[] | undefined;
  /** Sends the remaining spans, and stops after 3 s. Never rejects. */
  close(): Promise<void>;
}

/** The tracing of a process without a collector. It makes no spans. */
export const noTracing: Tracing = {
  isOn: false,
  sampleRatio: 0,
  requestBegan: () => undefined,
  traced: () => undefined,
  begin: () => {
    throw new Error('nothing is traced');
  },
  within: (_span, action) => action(),
  links: () => undefined,
  close: () => Promise.resolve(),
};
