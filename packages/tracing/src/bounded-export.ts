import { within } from '@mainstay/errors';
import { ExportResultCode, parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { TracingOptions } from './tracing-options.js';

/** Maximum number of unsent spans, which use 2 to 3 MB of memory. Further spans are dropped. */
const WAITING_MAX = 2_048;
const BATCH_MAX = 512;
const BATCH_DELAY_MS = 1_000;
/** The time limit of one batch, including all retries. */
const EXPORT_TIMEOUT_MS = 5_000;
const CLOSE_MS = 3_000;
/** The time limit of `close` if the collector is down. */
const CLOSE_WHILE_FAILING_MS = 1_000;

export interface Export {
  processor: SpanProcessor;
  /**
   * Waits a limited time for `shutdown` to send the spans. Then logs the number of unsent spans, because unsent spans
   * are lost.
   */
  close(shutdown: () => Promise<void>): Promise<void>;
}

/** Sends spans in batches from a bounded queue. If the collector is too slow, spans are lost. */
export function createExport({ endpoint, headers, log, onSpans }: TracingOptions & { endpoint: string }): Export {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/(?<!\/)\/+$/, '')}/v1/traces`,
    headers: parseKeyPairsIntoRecord(headers),
    timeoutMillis: EXPORT_TIMEOUT_MS,
    // At exit, the SDK sends all waiting batches at once, and an earlier request can still be running. The limit allows
    // all of these requests.
    concurrencyLimit: 1 + WAITING_MAX / BATCH_MAX,
  });
  let waiting = 0;
  let isFailing = false;

  function settled(spans: number, error: Error | undefined, hasFailed: boolean): void {
    waiting -= spans;
    onSpans?.(hasFailed ? 'failed' : 'exported', spans);
    if (hasFailed && !isFailing) log.warn('spans cannot be sent to the collector', { error });
    if (!hasFailed && isFailing) log.info('the collector accepts spans again');
    isFailing = hasFailed;
  }

  const counted: SpanExporter = {
    export(spans, done) {
      exporter.export(spans, (result) => {
        settled(spans.length, result.error, result.code !== ExportResultCode.SUCCESS);
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
  const batches = new BatchSpanProcessor({
    exporter: counted,
    maxQueueSize: WAITING_MAX,
    maxExportBatchSize: BATCH_MAX,
    scheduledDelayMillis: BATCH_DELAY_MS,
    // After this time limit, the SDK treats the batch as failed, even if the exporter still sends the batch later. So
    // the exporter's own time limit is shorter, and the exporter always ends first.
    exportTimeoutMillis: 2 * EXPORT_TIMEOUT_MS,
  });

  return {
    processor: {
      onStart: (span, parent) => batches.onStart(span, parent),
      onEnd(span) {
        if (waiting >= WAITING_MAX) return onSpans?.('dropped', 1);
        waiting += 1;
        batches.onEnd(span);
      },
      forceFlush: () => batches.forceFlush(),
      shutdown: () => batches.shutdown(),
    },
    async close(shutdown) {
      await within(shutdown(), isFailing ? CLOSE_WHILE_FAILING_MS : CLOSE_MS).catch(() => undefined);
      if (waiting > 0) log.warn('spans were not sent before the process ended', { spans: waiting });
    },
  };
}
