export { traceEventStore, traceEventStream } from './event-spans.js';
export { traceHop, type TracedHop } from './hop-spans.js';
export { traceMongo } from './mongo-spans.js';
export { openTracing } from './open-tracing.js';
export { traceStatements, type TracedStatement, type TraceStatement } from './postgres-spans.js';
export { traceRedis } from './redis-spans.js';
export type { TracingOptions } from './tracing-options.js';
export { noTracing, type SpanOutcome, type TraceContext, type Tracing } from './tracing.js';
