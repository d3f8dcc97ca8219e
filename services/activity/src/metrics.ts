import type { Consumed, EventConsumer, EventStream } from '@mainstay/events';
import type { Metrics } from '@mainstay/metrics';
import type { LiveFeeds } from './domain/live-feeds.js';

/** Counts the messages that the consumer processes. */
export function countConsumed(metrics: Metrics): (consumed: Consumed) => void {
  const consumed = metrics.counter({
    name: 'events_consumed_total',
    help: 'Messages of the event stream by type and outcome.',
    labelNames: ['type', 'outcome'],
  });
  const lag = metrics.histogram({
    name: 'event_store_lag_seconds',
    help: 'Time from an event until it is stored. Events that are sent again do not count.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  });
  return ({ type, outcome, lagMs }) => {
    consumed.inc({ type, outcome });
    if (lagMs !== undefined) lag.observe(lagMs / 1_000);
  };
}

/** Registers gauges that read their values at each scrape. Every replica reports the same values for the stream. */
export function observeEvents(
  metrics: Metrics,
  { stream, consumer, liveFeeds }: { stream: EventStream; consumer: EventConsumer; liveFeeds: LiveFeeds },
): void {
  metrics
    .gauge({
      name: 'event_stream_length',
      help: 'Messages in the event stream that are not stored yet.',
      aggregator: 'max',
    })
    .observe({}, async () => (await stream.stats()).length);
  metrics
    .gauge({
      name: 'event_stream_lag_seconds',
      help: 'Age of the oldest message in the event stream that is not stored; 0 if all messages are stored.',
      aggregator: 'max',
    })
    .observe({}, async () => (await stream.stats()).oldestAgeMs / 1_000);
  metrics
    .gauge({
      name: 'event_dead_letters',
      help: 'Messages that the store refuses permanently.',
      aggregator: 'max',
    })
    .observe({}, async () => (await stream.stats()).deadLetters);
  metrics
    .gauge({ name: 'event_consumer_active', help: '1 in the process that stores the events now.' })
    .observe({}, () => (consumer.holdsLease ? 1 : 0));
  metrics.gauge({ name: 'live_feeds', help: 'Live feeds that are open.' }).observe({}, () => liveFeeds.count());
}
