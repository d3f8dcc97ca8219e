import { objectives, services } from '../objectives.ts';
import { dashboard, row, stat, timeseries, type Dashboard, type Panel } from './grafana.ts';
import { hurried, maxBy, namespace, of, quantileBy, rateOf, sumBy, sumOrZero } from './queries.ts';

/** The first look: are the objectives met, and if not, which service is the cause? */
export function platformDashboard(): Dashboard {
  return dashboard(
    {
      uid: 'mainstay-platform',
      title: 'Mainstay: platform',
      description: 'Objectives, and the golden signals of each service.',
    },
    [namespace],
    [
      row('Promises'),
      ...objectives.flatMap(promisePanels),
      row('Golden signals'),
      ...signals(),
      row('What runs'),
      ...whatRuns(),
    ],
  );
}

function promisePanels({ slo, target, promise }: (typeof objectives)[number]): Panel[] {
  const chosen = `slo="${slo}"`;
  const ratio = (name: string) => of(`mainstay:slo_bad_events:ratio_rate${name}`, chosen);
  return [
    stat({
      title: `Budget left: ${slo}`,
      description: `${promise}. The rest of a month’s budget of bad events; below 0 the objective is missed.`,
      queries: [{ expr: of('mainstay:slo_budget:remaining30d', chosen), legend: '{{namespace}}' }],
      unit: 'percentunit',
      isBetterHigh: true,
      warnAt: 0.25,
      badAt: 0,
    }),
    timeseries({
      title: `Bad share: ${slo}`,
      description: 'Over five minutes, one hour and six hours. The line is the objective.',
      queries: ['5m', '1h', '6h'].map((name) => ({ expr: ratio(name), legend: `${name} {{namespace}}` })),
      unit: 'percentunit',
      width: 4,
      height: 4,
      warnAt: Number((1 - target).toFixed(6)),
    }),
  ];
}

function signals(): Panel[] {
  return [
    timeseries({
      title: 'Requests',
      description: 'Per second, by service: requests to the gateway, and its requests to the others.',
      queries: [{ expr: sumBy(of('mainstay:requests:rate5m'), 'service'), legend: '{{service}}' }],
      unit: 'reqps',
    }),
    timeseries({
      title: 'Errors',
      description: 'Share of 5xx, by service. The innermost one that fails is the cause.',
      queries: [
        {
          expr: `${sumBy(of('mainstay:errors:rate5m'), 'service')} / ${sumBy(of('mainstay:requests:rate5m'), 'service')}`,
          legend: '{{service}}',
        },
      ],
      unit: 'percentunit',
      warnAt: 0.001,
      badAt: 0.0144,
    }),
    timeseries({
      title: 'Latency, 99 %',
      description: 'By service, without live feeds and statements. The objective is 300 ms at the gateway.',
      queries: [
        { expr: quantileBy(0.99, 'http_request_duration_seconds', ['service'], hurried), legend: '{{service}}' },
      ],
      unit: 's',
      warnAt: 0.3,
    }),
    timeseries({
      title: 'Saturation: event loop',
      description: 'Busy share of the busiest process of each service. Near 1 it is saturated.',
      queries: [{ expr: maxBy(of('nodejs_eventloop_utilization_ratio'), 'service'), legend: '{{service}}' }],
      unit: 'percentunit',
      warnAt: 0.7,
      badAt: 0.9,
    }),
    timeseries({
      title: 'Saturation: processor',
      description: 'Processors used by all processes of a service.',
      queries: [{ expr: sumBy(rateOf('process_cpu_seconds_total', 'service!=""'), 'service'), legend: '{{service}}' }],
      unit: 'short',
    }),
    timeseries({
      title: 'In progress',
      description: 'Requests being served, and live feeds that are open.',
      queries: [
        { expr: sumBy(of('http_requests_in_flight'), 'service'), legend: '{{service}}' },
        { expr: `sum(${of('live_feeds')})`, legend: 'live feeds' },
      ],
      unit: 'short',
    }),
  ];
}

function whatRuns(): Panel[] {
  return [
    stat({
      title: 'Targets that answer',
      description: 'Instances of each service that Prometheus reaches.',
      queries: [{ expr: sumBy(of('up', `service=~"${services.join('|')}"`), 'service'), legend: '{{service}}' }],
      unit: 'none',
      width: 8,
      isBetterHigh: true,
      warnAt: 1,
      badAt: 0.5,
    }),
    stat({
      title: 'Releases',
      description: 'Which version of which service runs on how many instances.',
      queries: [
        { expr: `count by (service, version) (${of('service_build_info')})`, legend: '{{service}} {{version}}' },
      ],
      unit: 'none',
      width: 8,
    }),
    timeseries({
      title: 'Log lines dropped',
      description: 'Lines that did not reach the log store, by reason. stdout has them.',
      queries: [
        { expr: sumOrZero(rateOf('logs_dropped_total'), 'service', 'reason'), legend: '{{service}} {{reason}}' },
      ],
      unit: 'ops',
    }),
  ];
}
