import { dashboard, heatmap, row, stat, timeseries, type Dashboard, type Panel } from './grafana.ts';
import { maxBy, namespace, of, quantileBy, rateOf, sumBy, sumOrZero } from './queries.ts';

/** The ledger's work, and the way of its events to users. */
export function eventsDashboard(): Dashboard {
  return dashboard(
    {
      uid: 'mainstay-events',
      title: 'Mainstay: ledger & events',
      description: 'Transfers, and their way from the outbox to MongoDB and the live feeds.',
    },
    [namespace],
    [
      row('Now'),
      ...now(),
      row('Ledger'),
      ...ledger(),
      row('From the outbox to the store'),
      ...way(),
      row('Readers'),
      ...readers(),
    ],
  );
}

function now(): Panel[] {
  const figures: [title: string, description: string, expr: string, unit: 's' | 'short', bad: number | undefined][] = [
    ['Outbox lag', 'Age of the oldest event that is not in Redis yet.', `max(${of('outbox_lag_seconds')})`, 's', 60],
    [
      'Outbox',
      'Events that are not in Redis yet; 100,000 stands for that many or more.',
      `max(${of('outbox_pending_events')})`,
      'short',
      10_000,
    ],
    ['Stream', 'Events in Redis that are not in MongoDB yet.', `max(${of('event_stream_length')})`, 'short', 10_000],
    [
      'Dead letters',
      'Events in the dead letters: npm run dead-letters -- list.',
      `max(${of('event_dead_letters')})`,
      'short',
      1,
    ],
    ['Who stores', 'Processes that store events: one.', `sum(${of('event_consumer_active')})`, 'short', 2],
    ['Live feeds', 'Open now.', `sum(${of('live_feeds')})`, 'short', undefined],
  ];
  return figures.map(([title, description, expr, unit, badAt]) =>
    stat({ title, description, queries: [{ expr, legend: title }], unit, ...(badAt === undefined ? {} : { badAt }) }),
  );
}

function ledger(): Panel[] {
  const postings = rateOf('ledger_postings_total');
  return [
    timeseries({
      title: 'Transfers and deposits',
      description: 'Posted, per second.',
      queries: [{ expr: sumBy(rateOf('ledger_postings_total', 'outcome="posted"'), 'kind'), legend: '{{kind}}' }],
      unit: 'ops',
    }),
    timeseries({
      title: 'Outcomes',
      description: 'posted, replayed (a repeated key), or the code of the refusal. internal is a bug.',
      queries: [{ expr: sumBy(postings, 'outcome'), legend: '{{outcome}}' }],
      unit: 'ops',
    }),
    timeseries({
      title: 'Money moved',
      description: 'In minor units of each currency, per second.',
      queries: [
        { expr: sumBy(rateOf('ledger_posted_minor_units_total'), 'kind', 'currency'), legend: '{{kind}} {{currency}}' },
      ],
      unit: 'short',
    }),
    timeseries({
      title: 'Latency of a transfer',
      description: 'At accounts: one round trip to PostgreSQL.',
      queries: [0.5, 0.99].map((quantile) => ({
        expr: quantileBy(quantile, 'http_request_duration_seconds', [], 'service="accounts"', 'route="/v1/transfers"'),
        legend: `${quantile * 100} %`,
      })),
      unit: 's',
    }),
    timeseries({
      title: 'Statements',
      description: 'On a worker thread, and waiting for one.',
      queries: [{ expr: sumBy(of('statement_jobs'), 'state'), legend: '{{state}}' }],
      unit: 'short',
    }),
    timeseries({
      title: 'Time of a statement, 99 %',
      description: 'On its worker thread, by format.',
      queries: [{ expr: quantileBy(0.99, 'statement_duration_seconds', ['format']), legend: '{{format}}' }],
      unit: 's',
    }),
    timeseries({
      title: 'PostgreSQL pool',
      description: 'If statements wait for minutes, PostgreSQL is too slow or the pool too small.',
      queries: [{ expr: sumBy(of('pg_pool_connections'), 'state'), legend: '{{state}}' }],
      unit: 'short',
    }),
  ];
}

function way(): Panel[] {
  return [
    heatmap({
      title: 'Freshness',
      description: 'From an event’s time until it can be read. The objective is 5 s for 99 %.',
      queries: [{ expr: sumBy(rateOf('event_store_lag_seconds_bucket'), 'le'), legend: '{{le}}' }],
      unit: 's',
    }),
    timeseries({
      title: 'Relayed and stored',
      description: 'From the outbox, and into MongoDB. The difference waits in Redis.',
      queries: [
        { expr: sumOrZero(rateOf('outbox_relayed_total')), legend: 'relayed' },
        { expr: sumOrZero(rateOf('events_consumed_total', 'outcome="stored"')), legend: 'stored' },
      ],
      unit: 'ops',
    }),
    timeseries({
      title: 'Stored by type',
      description: 'unknown: from a producer that is newer than activity.',
      queries: [{ expr: sumBy(rateOf('events_consumed_total'), 'type'), legend: '{{type}}' }],
      unit: 'ops',
    }),
    timeseries({
      title: 'Lag of the outbox',
      description: 'Age of the oldest committed event that is not in Redis yet.',
      queries: [{ expr: maxBy(of('outbox_lag_seconds'), 'namespace'), legend: 'lag {{namespace}}' }],
      unit: 's',
      warnAt: 5,
      badAt: 60,
    }),
    timeseries({
      title: 'Lag of the stream',
      description: 'How long its oldest event waits to be stored.',
      queries: [{ expr: maxBy(of('event_stream_lag_seconds'), 'namespace'), legend: 'lag {{namespace}}' }],
      unit: 's',
      warnAt: 5,
      badAt: 60,
    }),
    timeseries({
      title: 'Length of the stream',
      description: 'Beyond STREAM_BACKLOG_MAX the outbox grows instead.',
      queries: [{ expr: maxBy(of('event_stream_length'), 'namespace'), legend: 'waiting {{namespace}}' }],
      unit: 'short',
    }),
    timeseries({
      title: 'Repeated events and dead letters',
      description: 'duplicate: sent again and known already. dead_lettered: see the runbook.',
      queries: [
        { expr: sumOrZero(rateOf('events_consumed_total', 'outcome!="stored"'), 'outcome'), legend: '{{outcome}}' },
      ],
      unit: 'ops',
    }),
  ];
}

function readers(): Panel[] {
  return [
    timeseries({
      title: 'Live feeds',
      description: 'By instance of activity.',
      queries: [{ expr: sumBy(of('live_feeds'), 'instance'), legend: '{{instance}}' }],
      unit: 'short',
    }),
    timeseries({
      title: 'Lists and summaries, 99 %',
      description: 'Reads of MongoDB at activity.',
      queries: [
        {
          expr: quantileBy(
            0.99,
            'http_request_duration_seconds',
            ['route'],
            'service="activity"',
            'route!="/v1/activity/live"',
          ),
          legend: '{{route}}',
        },
      ],
      unit: 's',
    }),
    timeseries({
      title: 'MongoDB pool',
      description: 'Connections, and operations that wait for one.',
      queries: [
        { expr: sumBy(of('mongo_pool_connections'), 'state'), legend: '{{state}}' },
        { expr: `sum(${of('mongo_pool_waiting')})`, legend: 'waiting' },
      ],
      unit: 'short',
    }),
  ];
}
