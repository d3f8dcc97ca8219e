import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attributes, Link, Span, SpanKind } from '@opentelemetry/api';

/** Where a piece of work stands in its trace (W3C Trace Context), as the logging package keeps it for each request. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** Who asked for it; undefined where the trace begins. */
  readonly parentSpanId?: string | undefined;
  /** Whether anything is recorded of this trace. */
  readonly isSampled: boolean;
  /** What the next process is told. */
  readonly traceparent: string;
  readonly requestId?: string | undefined;
  readonly userId?: string | undefined;
}

/** Where the context of the work in hand is kept. */
export interface ContextStore {
  current(): TraceContext | undefined;
  run<Result>(context: TraceContext, action: () => Result): Result;
}

/** What became of spans that ended: sent, refused by the collector or not taken in time, not even tried because too many waited. */
export type SpanOutcome = 'exported' | 'failed' | 'dropped';

export interface NewSpan {
  /** Of few values: a route, a command, never an id. */
  name: string;
  kind: SpanKind;
  parent: TraceContext;
  attributes: Attributes;
  links?: Link[];
  /** Milliseconds since the epoch; default now. */
  startTime?: number;
}

/**
 * What hooks need to tell of their work. Nothing is made of a request that is not sampled: each hook asks `traced` first, which is
 * all that such a request pays.
 */
export interface Tracing {
  /** Whether there is a collector to send to; where there is none hooks need not be set at all. */
  readonly isOn: boolean;
  /** Share of the traces beginning here that are recorded, 0 … 1. */
  readonly sampleRatio: number;
  /** Begins the span of an inbound request that is sampled; the reply's end ends it. */
  requestBegan(context: TraceContext, req: IncomingMessage, res: ServerResponse): void;
  /** The work in hand, where it is recorded. */
  traced(): TraceContext | undefined;
  begin(span: NewSpan): Span;
  /** Runs `action` as work of that span; what it does in MongoDB links to `links` too, none of which is that span. */
  within<Result>(span: Span, action: () => Result, links?: Link[]): Result;
  /** What spans begun now shall link to, beside their parent. */
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
