import { SpanKind, type Attributes, type Span } from '@opentelemetry/api';
import { failWith } from './failures.js';
import { sampledOrigin } from './traceparent.js';
import type { TraceContext, Tracing } from './tracing.js';

/** The fields of an event that tracing reads. */
export interface TracedEvent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly traceparent?: string | undefined;
}

interface Producer<Event extends TracedEvent, Batch extends { events: readonly Event[] }, Result> {
  publishBatch(batch: Batch): Promise<Result>;
  appendEvent(event: Event): Promise<void>;
}

interface Received {
  readonly event: TracedEvent;
  readonly replayed: boolean;
}

interface Store<Event extends Received, Saved> {
  save(events: readonly Event[]): Promise<Saved>;
}

/** Maximum age of an event that gets a span. The trace of an older event is already complete. */
const AGE_MAX_MS = 60 * 60_000;

/** Makes a span `publish` for each event of a recorded trace, after the stream has accepted the event. */
export function traceEventStream<
  Event extends TracedEvent,
  Batch extends { events: readonly Event[] },
  Result extends { outcome: string },
  Stream extends Producer<Event, Batch, Result>,
>(tracing: Tracing, stream: Stream, destination: string): Stream {
  if (!tracing.isOn) return stream;

  function tell(events: readonly Event[], startTime: number): void {
    for (const event of events) {
      const parent = originOf(event);
      if (!parent) continue;
      const attributes = attributesOf(event, destination, { name: 'publish', type: 'send' });
      tracing.begin({ name: `publish ${destination}`, kind: SpanKind.PRODUCER, parent, attributes, startTime }).end();
    }
  }

  return {
    ...stream,
    async publishBatch(batch: Batch) {
      // eslint-disable-next-line no-restricted-properties -- the start of a span is a time of day
      const beganMs = Date.now();
      const result = await stream.publishBatch(batch);
      if (result.outcome === 'published') tell(batch.events, beganMs);
      return result;
    },
    async appendEvent(event: Event) {
      // eslint-disable-next-line no-restricted-properties -- the start of a span is a time of day
      const beganMs = Date.now();
      await stream.appendEvent(event);
      tell([event], beganMs);
    },
  };
}

/**
 * Makes a span `process` for each event of a recorded trace. The database spans of a batch are children of the batch's
 * first `process` span.
 */
export function traceEventStore<
  Event extends Received,
  Saved extends { refused: readonly { readonly eventId: string }[] },
  EventStore extends Store<Event, Saved>,
>(tracing: Tracing, store: EventStore, destination: string, consumerGroup: string): EventStore {
  if (!tracing.isOn) return store;
  /** The open spans of the current batch, by event id. */
  let open = new Map<string, Span>();

  function follow(events: readonly Event[]): Map<string, Span> {
    const followed = new Map<string, Span>();
    for (const { event, replayed } of events) {
      const parent = replayed ? undefined : originOf(event);
      if (!parent) continue;
      const attributes = {
        ...attributesOf(event, destination, { name: 'process', type: 'process' }),
        'messaging.consumer.group.name': consumerGroup,
      };
      const begin = () =>
        tracing.begin({ name: `process ${destination}`, kind: SpanKind.CONSUMER, parent, attributes });
      followed.set(event.id, open.get(event.id) ?? begin());
    }
    return followed;
  }

  async function save(events: readonly Event[]): Promise<Saved> {
    const spans = follow(events);
    abandon([...open].filter(([id]) => !spans.has(id)));
    open = spans;
    const [first, ...others] = spans.values();
    if (!first) return store.save(events);
    // Omit the span `first` from the links, because Jaeger does not show a child that links to its own parent.
    const links = others.map((span) => ({ context: span.spanContext() }));
    const saved = await tracing.within(first, () => store.save(events), links);
    open = new Map();
    for (const other of others) other.addLink({ context: first.spanContext() });
    const refused = new Set(saved.refused.map(({ eventId }) => eventId));
    for (const [id, span] of spans) {
      if (refused.has(id)) failWith(span, 'refused');
      span.end();
    }
    return saved;
  }

  return { ...store, save };
}

/**
 * Ends the spans of events that are missing from the retry of a failed `save`. A different process has stored these
 * events or will store them.
 */
function abandon(spans: [string, Span][]): void {
  for (const [, span] of spans) {
    failWith(span, 'abandoned');
    span.end();
  }
}

/**
 * Returns the trace context in which the event was made. Returns undefined if the trace is not recorded or the event is
 * too old.
 */
function originOf({ traceparent, time }: TracedEvent): TraceContext | undefined {
  const origin = sampledOrigin(traceparent);
  // eslint-disable-next-line no-restricted-properties -- another host wrote the time of day of the event
  return origin && Date.now() - Date.parse(time) < AGE_MAX_MS ? origin : undefined;
}

function attributesOf(event: TracedEvent, destination: string, operation: { name: string; type: string }): Attributes {
  return {
    'messaging.system': 'redis',
    'messaging.destination.name': destination,
    'messaging.operation.name': operation.name,
    'messaging.operation.type': operation.type,
    'messaging.message.id': event.id,
    'mainstay.event.type': event.type,
  };
}
