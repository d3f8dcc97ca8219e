import type { ContextStore, SpanOutcome } from './tracing.js';

export interface TracingOptions {
  service: string;
  version: string;
  /** The id of this process, as in its log lines: `host-4711`. */
  instance: string;
  /** The base URL of a collector's OTLP/HTTP endpoint. If undefined or empty, tracing is off. */
  endpoint: string | undefined;
  /** Headers for the collector: `name=value,name=value`, with percent-encoded values. */
  headers?: string | undefined;
  sampleRatio: number;
  context: ContextStore;
  log: { info(message: string, fields?: object): void; warn(message: string, fields?: object): void };
  /** Called after each export and for each dropped span, with the outcome and the number of spans. */
  onSpans?: (outcome: SpanOutcome, spans: number) => void;
}
