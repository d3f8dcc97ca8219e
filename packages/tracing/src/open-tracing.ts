import type { TracingOptions } from './tracing-options.js';
import { noTracing, type Tracing } from './tracing.js';

/** Opens tracing. Without an endpoint, tracing is off and the SDK is not loaded. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  if (!options.endpoint) return noTracing;
  const { recordSpans } = await import('./record-spans.js');
  return recordSpans({ ...options, endpoint: options.endpoint });
}
