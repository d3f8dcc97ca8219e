import { dashboard, heatmap, row, timeseries, type Dashboard, type Panel } from './grafana.ts';
import { hurried, maxBy, namespace, of, quantileBy, rateOf, service, sumBy } from './queries.ts';

const chosen = 'service="$service"';

/** Any service: its work, and its bottlenecks. */
export function serviceDashboard(): Dashboard {
  return dashboard(
    {
      uid: 'mainstay-service',
      title: 'Mainstay: service',
      description: 'One service, chosen above: requests, process, stores.',
    },
    [namespace, service],
    [row('Requests'), ...requests(), row('Process'), ...process(), row('Stores'), ...stores()],
  );
}

function requests(): Panel[] {
  return [
    heatmap({
      title: 'Latency',
      description: 'How many requests took how long, without live feeds and statements.',
      queries: [
        { expr: sumBy(rateOf('http_request_duration_seconds_bucket', chosen, hurried), 'le'), legend: '{{le}}' },
      ],
      unit: 's',
      width: 12,
      height: 9,
    }),
    timeseries({
      title: 'Latency, 50, 90 and 99 %',
      description: 'Without live feeds and statements.',
      queries: [0.5, 0.9, 0.99].map((quantile) => ({
        expr: quantileBy(quantile, 'http_request_duration_seconds', [], chosen, hurried),
        legend: `${quantile * 100} %`,
      })),
      unit: 's',
      width: 12,
      height: 9,
    }),
    timeseries({
      title: 'Requests by status',
      description: 'aborted: the client left before any reply.',
      queries: [
        {
          expr: sumBy(rateOf('http_request_duration_seconds_count', chosen), 'status_class'),
          legend: '{{status_class}}',
        },
      ],
      unit: 'reqps',
    }),
    timeseries({
      title: 'Busiest routes',
      description: 'The patterns, never the paths.',
      queries: [
        {
          expr: `topk(8, ${sumBy(rateOf('http_request_duration_seconds_count', chosen), 'method', 'route')})`,
          legend: '{{method}} {{route}}',
        },
      ],
      unit: 'reqps',
    }),
    timeseries({
      title: 'Slowest routes, 99 %',
      description: 'Including statements.',
      queries: [
        {
          expr: `topk(8, ${quantileBy(0.99, 'http_request_duration_seconds', ['method', 'route'], chosen)})`,
          legend: '{{method}} {{route}}',
        },
      ],
      unit: 's',
    }),
    timeseries({
      title: 'Errors by route',
      description: 'Share of 5xx.',
      queries: [
        {
          expr: `topk(8, (${sumBy(rateOf('http_request_duration_seconds_count', chosen, 'status_class="5xx"'), 'route')} or 0 * ${sumBy(rateOf('http_request_duration_seconds_count', chosen), 'route')}) / ${sumBy(rateOf('http_request_duration_seconds_count', chosen), 'route')})`,
          legend: '{{route}}',
        },
      ],
      unit: 'percentunit',
      badAt: 0.01,
      warnAt: 0.001,
    }),
    timeseries({
      title: 'In progress',
      description: 'Requests being served now, and streams that are open, by instance.',
      queries: [
        { expr: sumBy(of('http_requests_in_flight', chosen), 'instance'), legend: '{{instance}}' },
        { expr: sumBy(of('http_streams_open', chosen), 'instance'), legend: 'streams {{instance}}' },
      ],
      unit: 'short',
    }),
  ];
}

function process(): Panel[] {
  const byWorker = '{{instance}} {{worker}}';
  return [
    timeseries({
      title: 'Event loop: delay',
      description: 'Median and 99th percentile of the delay since the last scrape.',
      queries: [
        { expr: of('nodejs_eventloop_lag_p99_seconds', chosen), legend: `99 % ${byWorker}` },
        { expr: of('nodejs_eventloop_lag_p50_seconds', chosen), legend: `50 % ${byWorker}` },
      ],
      unit: 's',
      warnAt: 0.1,
    }),
    timeseries({
      title: 'Event loop: busy share',
      description: 'Near 1 a process is saturated.',
      queries: [{ expr: of('nodejs_eventloop_utilization_ratio', chosen), legend: byWorker }],
      unit: 'percentunit',
      warnAt: 0.7,
      badAt: 0.9,
    }),
    timeseries({
      title: 'Garbage collection',
      description: 'Share of the time spent in pauses, by kind.',
      queries: [{ expr: sumBy(rateOf('nodejs_gc_duration_seconds_sum', chosen), 'kind'), legend: '{{kind}}' }],
      unit: 'percentunit',
      warnAt: 0.05,
    }),
    timeseries({
      title: 'Processor',
      description: 'Processors used, by instance.',
      queries: [{ expr: sumBy(rateOf('process_cpu_seconds_total', chosen), 'instance'), legend: '{{instance}}' }],
      unit: 'short',
    }),
    timeseries({
      title: 'Memory',
      description: 'Resident memory, and the heap in it. A heap that grows for hours leaks.',
      queries: [
        { expr: of('process_resident_memory_bytes', chosen), legend: `resident ${byWorker}` },
        { expr: of('nodejs_heap_size_used_bytes', chosen), legend: `heap ${byWorker}` },
      ],
      unit: 'bytes',
    }),
    timeseries({
      title: 'File descriptors',
      description: 'Open ones, mainly connections.',
      queries: [{ expr: of('process_open_fds', chosen), legend: byWorker }],
      unit: 'short',
    }),
  ];
}

function stores(): Panel[] {
  return [
    timeseries({
      title: 'Redis connections',
      description: '1 while ready, by role.',
      queries: [
        { expr: `min by (instance, role) (${of('redis_connection_up', chosen)})`, legend: '{{instance}} {{role}}' },
      ],
      unit: 'none',
    }),
    timeseries({
      title: 'Pools',
      description:
        'Connections to PostgreSQL and MongoDB by state, and operations that wait for one; empty if a service has no such store.',
      queries: [
        {
          expr: `${sumBy(of('pg_pool_connections', chosen), 'state')} or ${sumBy(of('mongo_pool_connections', chosen), 'state')} or label_replace(sum(${of('redis_connection_up', chosen)}), "state", "redis", "", "")`,
          legend: '{{state}}',
        },
      ],
      unit: 'short',
    }),
    timeseries({
      title: 'Waits for a store',
      description: 'For a connection to PostgreSQL or MongoDB (99 %), and how long Redis took for a PING.',
      queries: [{ expr: waits(), legend: '{{store}}' }],
      unit: 's',
    }),
    timeseries({
      title: 'Figures that could not be read',
      description: 'At a scrape, usually because a store was down.',
      queries: [
        {
          expr: `${sumBy(rateOf('metrics_collect_failures_total', chosen), 'metric')} or vector(0)`,
          legend: '{{metric}}',
        },
      ],
      unit: 'ops',
    }),
  ];
}

/** Only for the stores of the service. */
function waits(): string {
  const pools = ['pg_pool_wait_seconds', 'mongo_pool_wait_seconds'].map((name) =>
    quantileBy(0.99, name, ['service'], chosen),
  );
  const stores = [...pools, maxBy(of('redis_wait_seconds', chosen), 'service')];
  return stores
    .map((expr, index) => `label_replace(${expr}, "store", "${['PostgreSQL', 'MongoDB', 'Redis'][index]}", "", "")`)
    .join(' or ');
}
