import type { ContextStore, SpanOutcome } from './tracing.js';

export interface TracingOptions {
  service: string;
  version: string;
  /** Names this process among those of its service, as in its log lines. */
  instance: string;
  /**
   * Base URL of a collector's OTLP/HTTP endpoint, as in OTEL_EXPORTER_OTLP_ENDPOINT; undefined or empty: tracing is
   * off.
   */
  endpoint: string | undefined;
  /** Headers for the collector: `name=value,name=value`, values percent-encoded. */
  headers?: string | undefined;
  sampleRatio: number;
  context: ContextStore;
  log: { info(message: string, fields?: object): void; warn(message: string, fields?: object): void };
  /** Called with the outcome of spans. */
  onSpans?: (outcome: SpanOutcome, spans: number) => void;
}
