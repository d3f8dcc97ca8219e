import { ROOT_CONTEXT, trace, TraceFlags, type Context, type Link, type Span } from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { createExport } from './bounded-export.js';
import { createIds } from './given-ids.js';
import type { TracingOptions } from './tracing-options.js';
import { requestSpans } from './request-spans.js';
import { traceparentOf } from './traceparent.js';
import type { NewSpan, TraceContext, Tracing } from './tracing.js';

/** As many as a batch of events may have. */
const linksMax = 256;
const attributeCharactersMax = 1_024;

/**
 * Tracing by OpenTelemetry's SDK. It is used without its globals: the context of a request lives in one AsyncLocalStorage, the logging
 * package's, and no library begins spans that nobody asked for. Whether a trace is recorded was decided before the SDK hears of it.
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
    spanLimits: { linkCountLimit: linksMax, attributeValueLengthLimit: attributeCharactersMax },
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
      // The log lines of the request have named its span already.
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

/** A request's id and user stay those of the work that this one is a part of. */
function contextOf(span: Span, outer: TraceContext | undefined): TraceContext {
  const { traceId, spanId } = span.spanContext();
  return { ...outer, traceId, spanId, isSampled: true, traceparent: traceparentOf(span) };
}
