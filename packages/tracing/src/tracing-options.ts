import type { ContextStore, SpanOutcome } from './tracing.js';

export interface TracingOptions {
  service: string;
  version: string;
  /** Names this process among those of its service; the one that its log lines have. */
  instance: string;
  /** Base URL of a collector's OTLP/HTTP door, as OTEL_EXPORTER_OTLP_ENDPOINT has it; undefined or empty: nothing is traced. */
  endpoint: string | undefined;
  /** What the collector wants to see beside: `name=value,name=value`, values percent-encoded. */
  headers?: string | undefined;
  sampleRatio: number;
  context: ContextStore;
  log: { info(message: string, fields?: object): void; warn(message: string, fields?: object): void };
  /** Told what became of spans. */
  onSpans?: (outcome: SpanOutcome, spans: number) => void;
}
