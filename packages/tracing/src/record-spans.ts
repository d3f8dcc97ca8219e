import { ROOT_CONTEXT, trace, TraceFlags, type Context, type Link, type Span } from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { createExport } from './bounded-export.js';
import { createIds } from './given-ids.js';
import type { TracingOptions } from './tracing-options.js';
import { requestSpans } from './request-spans.js';
import { traceparentOf } from './traceparent.js';
import type { NewSpan, TraceContext, Tracing } from './tracing.js';

/** The maximum number of links of a span, one for each event of a batch. */
const LINKS_MAX = 256;
const ATTRIBUTE_CHARACTERS_MAX = 1_024;

/**
 * Records spans with OpenTelemetry's SDK, without its global state. The SDK can record every span, because an unsampled
 * request begins no span.
 */
export function recordSpans(options: TracingOptions & { endpoint: string }): Tracing {
  const { service, version, instance, sampleRatio, context } = options;
  const ids = createIds();
  const exporting = createExport(options);
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': service,
        'service.version': version,
        'service.instance.id': instance,
      }),
    ),
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: [exporting.processor],
    spanLimits: { linkCountLimit: LINKS_MAX, attributeValueLengthLimit: ATTRIBUTE_CHARACTERS_MAX },
  });
  const tracer = provider.getTracer('@mainstay/tracing');
  const linksOf = new WeakMap<TraceContext, Link[]>();

  function begin({ name, parent, ...rest }: NewSpan): Span {
    return tracer.startSpan(name, rest, parentOf(parent.traceId, parent.spanId));
  }

  return {
    isOn: true,
    sampleRatio,
    requestBegan: requestSpans((request, name, rest) =>
      // The span gets the ids that the log lines of the request already have.
      ids.give(request, () =>
        tracer.startSpan(
          name,
          rest,
          request.parentSpanId === undefined ? ROOT_CONTEXT : parentOf(request.traceId, request.parentSpanId, true),
        ),
      ),
    ),
    traced() {
      const current = context.current();
      return current?.isSampled ? current : undefined;
    },
    begin,
    within(span, action, links) {
      const inner = contextOf(span, context.current());
      if (links) linksOf.set(inner, links);
      return context.run(inner, action);
    },
    links() {
      const current = context.current();
      return current && linksOf.get(current);
    },
    close: () => exporting.close(() => provider.shutdown()),
  };
}

function parentOf(traceId: string, spanId: string, isRemote = false): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote });
}

/** Keeps the request id and the user of the surrounding work. */
function contextOf(span: Span, outer: TraceContext | undefined): TraceContext {
  const { traceId, spanId } = span.spanContext();
  return { ...outer, traceId, spanId, isSampled: true, traceparent: traceparentOf(span) };
}
