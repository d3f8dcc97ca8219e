import type { EventStream } from '@mainstay/events';
import type { Metrics } from '@mainstay/metrics';
import { cursorFrom, type Outbox, type OutboxRelayOptions } from './relay-outbox.js';

/** Measures how far the stream is behind the outbox. */
export function observeRelay(metrics: Metrics): NonNullable<OutboxRelayOptions['onProgress']> {
  const lag = metrics.gauge({
    name: 'outbox_lag_seconds',
    help: 'Age of the oldest committed event that is not in the stream yet, or the time since a store last responded to the relay; 0 on instances that do not relay.',
    aggregator: 'max',
  });
  const relayed = metrics.counter({
    name: 'outbox_relayed_total',
    help: 'Events that this instance sent to the stream.',
  });
  return (progress) => {
    lag.set(progress.lagS);
    relayed.inc(progress.relayed);
  };
}

const PENDING_MAX = 100_000;

/** Counts the events that are not in the stream. Every instance reports the same number. */
export function observeOutbox(
  metrics: Metrics,
  { outbox, stream }: { outbox: Pick<Outbox, 'lineage' | 'countAfter'>; stream: Pick<EventStream, 'readCursor'> },
): void {
  metrics
    .gauge({
      name: 'outbox_pending_events',
      help: `Committed events that are not in the stream yet, including history that is sent again; ${PENDING_MAX} means that many or more.`,
      aggregator: 'max',
    })
    .observe({}, async () => {
      const cursor = cursorFrom(await stream.readCursor(), await outbox.lineage());
      return outbox.countAfter(cursor?.replay ? cursor.replay.after : cursor?.live, PENDING_MAX);
    });
}
