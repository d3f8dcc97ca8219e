import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attributes, Link, Span, SpanKind } from '@opentelemetry/api';

/** Ids of the request or event that the process handles now. Traces follow the standard W3C Trace Context. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** The id of the caller's span. Undefined if the trace begins in this process. */
  readonly parentSpanId?: string | undefined;
  /** Whether the trace is recorded. */
  readonly isSampled: boolean;
  /** The value of the `traceparent` header that this process sends to the next process. */
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
 * - `failed`: the collector did not accept the spans.
 * - `dropped`: the spans were never sent, because too many spans were waiting.
 */
export type SpanOutcome = 'exported' | 'failed' | 'dropped';

export interface NewSpan {
  /** The name of the span. The name contains no ids, for example `GET /v1/accounts/:id`. */
  name: string;
  kind: SpanKind;
  parent: TraceContext;
  attributes: Attributes;
  links?: Link[];
  /** The start of the span, in milliseconds since the epoch. Default: now. */
  startTime?: number;
}

/** Makes spans. Call `begin` only if the trace of `parent` is recorded, because only recorded traces have spans. */
export interface Tracing {
  /** Whether a collector is configured. */
  readonly isOn: boolean;
  /** The share of new traces that are recorded, from 0 to 1. */
  readonly sampleRatio: number;
  /** Begins the span of an inbound request whose trace is recorded. The span ends when the response ends. */
  requestBegan(context: TraceContext, req: IncomingMessage, res: ServerResponse): void;
  /** Returns the current context. Returns undefined if the trace of the current context is not recorded. */
  traced(): TraceContext | undefined;
  begin(span: NewSpan): Span;
  /**
   * Makes `span` the current span while `action` runs. `traceMongo` adds `links` to the spans of MongoDB commands,
   * which are children of `span`. So `links` must not contain `span`, because Jaeger does not show a child that links
   * to its own parent.
   */
  within<Result>(span: Span, action: () => Result, links?: Link[]): Result;
  /** Returns the `links` that `within` has set for the current span. */
  links(): Link[] | undefined;
  /** Sends the remaining spans, and stops after at most 3 s. Never rejects. */
  close(): Promise<void>;
}

/** The tracing of a process without a collector. This tracing makes no spans. */
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
