import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attributes, Link, Span, SpanKind } from '@opentelemetry/api';

/**
 * The position of a piece of work in its trace (W3C Trace Context), as the logging package keeps it for each request.
 */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** The caller's span; undefined if the trace begins here. */
  readonly parentSpanId?: string | undefined;
  /** Whether the trace is recorded. */
  readonly isSampled: boolean;
  /** The value for the next process. */
  readonly traceparent: string;
  readonly requestId?: string | undefined;
  readonly userId?: string | undefined;
}

/** Where the current context is kept. */
export interface ContextStore {
  current(): TraceContext | undefined;
  run<Result>(context: TraceContext, action: () => Result): Result;
}

/**
 * The outcome of ended spans. `exported`: sent. `failed`: refused by the collector, or not accepted in time. `dropped`:
 * too many spans waited.
 */
export type SpanOutcome = 'exported' | 'failed' | 'dropped';

export interface NewSpan {
  /** A name with few values: a route or a command, never an id. */
  name: string;
  kind: SpanKind;
  parent: TraceContext;
  attributes: Attributes;
  links?: Link[];
  /** Milliseconds since the epoch; default now. */
  startTime?: number;
}

/**
 * What hooks need to report their work. An unsampled request makes no spans: each hook checks `traced` first, which
 * is the only cost of such a request.
 */
export interface Tracing {
  /** Whether there is a collector; without one hooks need not be installed. */
  readonly isOn: boolean;
  /** Share of the traces beginning here that are recorded, 0 … 1. */
  readonly sampleRatio: number;
  /** Begins the span of a sampled inbound request; the reply's end ends it. */
  requestBegan(context: TraceContext, req: IncomingMessage, res: ServerResponse): void;
  /** The current work, if it is recorded. */
  traced(): TraceContext | undefined;
  begin(span: NewSpan): Span;
  /** Runs `action` as work of that span. Its work in MongoDB also links to `links`, which must not contain the span. */
  within<Result>(span: Span, action: () => Result, links?: Link[]): Result;
  /** Spans that new spans link to, besides their parent. */
  links(): Link[] | undefined;
  /** Sends what is left, for three seconds at most. Never rejects. */
  close(): Promise<void>;
}

/** No collector, no spans. */
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
