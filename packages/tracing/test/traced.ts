import { AsyncLocalStorage } from 'node:async_hooks';
import { openTracing, type SpanOutcome, type TraceContext, type Tracing } from '../src/index.js';

export interface Traced {
  tracing: Tracing;
  /** Runs the action as work of a request, which is sampled by default. */
  asRequest: <Result>(context: Partial<TraceContext>, action: () => Result) => Result;
  outcomes: Record<SpanOutcome, number>;
  lines: string[];
}

export const traceId = '0af7651916cd43dd8448eb211c80319c';
export const spanId = 'b7ad6b7169203331';

/** Opens tracing to `endpoint`, with a context store like the store of the logging package. */
export async function traceTo(endpoint: string | undefined): Promise<Traced> {
  const storage = new AsyncLocalStorage<TraceContext>();
  const outcomes = { exported: 0, failed: 0, dropped: 0 };
  const lines: string[] = [];
  const tracing = await openTracing({
    service: 'tested',
    version: '1',
    instance: 'here-1',
    endpoint,
    headers: 'x-tenant=a%20b',
    sampleRatio: 0.1,
    context: { current: () => storage.getStore(), run: (context, action) => storage.run(context, action) },
    log: { info: (message) => void lines.push(message), warn: (message) => void lines.push(message) },
    onSpans: (outcome, spans) => (outcomes[outcome] += spans),
  });
  return {
    tracing,
    outcomes,
    lines,
    asRequest: (context, action) =>
      storage.run({ traceId, spanId, isSampled: true, traceparent: `00-${traceId}-${spanId}-01`, ...context }, action),
  };
}
