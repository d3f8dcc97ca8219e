import { setTimeout as delay } from 'node:timers/promises';
import { ExportResultCode, parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { TracingOptions } from './tracing-options.js';

/** Spans that wait or are being sent: about 2 MB. Further ones are dropped and counted. */
const waitingMax = 2_048;
const batchMax = 512;
const batchDelayMs = 1_000;
/** For one batch with all retries. */
const exportTimeoutMs = 5_000;
const closeMs = 3_000;
/** If the collector did not take the last batch either. */
const closeWhileFailingMs = 1_000;

export interface Export {
  processor: SpanProcessor;
  /** Gives `shutdown` its time; unsent spans are then lost and counted. */
  close(shutdown: () => Promise<void>): Promise<void>;
}

/**
 * Sends spans in batches, from a bounded queue: a slow or absent collector costs spans, never a request or memory. An
 * outage is logged once, and its end.
 */
export function createExport({ endpoint, headers, log, onSpans }: TracingOptions & { endpoint: string }): Export {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/(?<!\/)\/+$/, '')}/v1/traces`,
    headers: parseKeyPairsIntoRecord(headers),
    timeoutMillis: exportTimeoutMs,
    // At exit all waiting spans are sent at once.
    concurrencyLimit: 1 + waitingMax / batchMax,
  });
  let waiting = 0;
  let isFailing = false;

  function settled(spans: number, error: Error | undefined, hasFailed: boolean): void {
    waiting -= spans;
    onSpans?.(hasFailed ? 'failed' : 'exported', spans);
    if (hasFailed && !isFailing) log.warn('spans cannot be sent to the collector', { error });
    if (!hasFailed && isFailing) log.info('the collector takes spans again');
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
    maxQueueSize: waitingMax,
    maxExportBatchSize: batchMax,
    scheduledDelayMillis: batchDelayMs,
    // The exporter's own limit comes first: a batch is settled once.
    exportTimeoutMillis: 2 * exportTimeoutMs,
  });

  return {
    processor: {
      onStart: (span, parent) => batches.onStart(span, parent),
      onEnd(span) {
        if (waiting >= waitingMax) return onSpans?.('dropped', 1);
        waiting += 1;
        batches.onEnd(span);
      },
      forceFlush: () => batches.forceFlush(),
      shutdown: () => batches.shutdown(),
    },
    async close(shutdown) {
      const over = new AbortController();
      const given = delay(isFailing ? closeWhileFailingMs : closeMs, undefined, { signal: over.signal });
      await Promise.race([shutdown().catch(() => undefined), given]);
      over.abort();
      given.catch(() => undefined);
      if (waiting > 0) log.warn('spans were not sent before the end', { spans: waiting });
    },
  };
}
