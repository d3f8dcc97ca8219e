import { entrance } from '@mainstay/platform/services';
import { services } from '../objectives.ts';
import { dashboard, row, timeseries, type Dashboard, type Panel } from './grafana.ts';
import { hurried, maxBy, namespace, of, quantileBy, rateOf, sumBy, sumOrZero } from './queries.ts';

const gateway = `service="${entrance}"`;

/** The entrance: admitted and refused requests, and the services behind it. */
export function edgeDashboard(): Dashboard {
  return dashboard(
    {
      uid: 'mainstay-edge',
      title: 'Mainstay: edge & gateway',
      description: 'The callers’ view: limits, breakers, the services behind the gateway.',
    },
    [namespace],
    [row('Callers'), ...callers(), row('Turned away'), ...turnedAway(), row('Services behind it'), ...upstreams()],
  );
}

function callers(): Panel[] {
  return [
    timeseries({
      title: 'Requests by route',
      description: 'unmatched: an unknown path, or the web interface.',
      queries: [
        {
          expr: `topk(10, ${sumBy(rateOf('http_request_duration_seconds_count', gateway), 'method', 'route')})`,
          legend: '{{method}} {{route}}',
        },
      ],
      unit: 'reqps',
    }),
    timeseries({
      title: 'Replies by class',
      description: 'aborted: the client left before any reply.',
      queries: [
        {
          expr: sumBy(rateOf('http_request_duration_seconds_count', gateway), 'status_class'),
          legend: '{{status_class}}',
        },
      ],
      unit: 'reqps',
    }),
    timeseries({
      title: 'Latency at the gateway',
      description: 'Without live feeds and statements. The objective is 300 ms for 99 %.',
      queries: [0.5, 0.9, 0.99].map((quantile) => ({
        expr: quantileBy(quantile, 'http_request_duration_seconds', [], gateway, hurried),
        legend: `${quantile * 100} %`,
      })),
      unit: 's',
      warnAt: 0.3,
    }),
    timeseries({
      title: 'Sign-in and registration, 99 %',
      description: 'Password hashing is slow on purpose: about 15 ms of CPU.',
      queries: [
        {
          expr: quantileBy(
            0.99,
            'http_request_duration_seconds',
            ['route'],
            gateway,
            'method="POST"',
            'route=~"/v1/(session|users)"',
          ),
          legend: '{{route}}',
        },
      ],
      unit: 's',
    }),
    timeseries({
      title: 'Password hashes, 99 %',
      description: 'At accounts, with the wait for one of the threads.',
      queries: [{ expr: quantileBy(0.99, 'password_hash_duration_seconds', ['service']), legend: '{{service}}' }],
      unit: 's',
    }),
    timeseries({
      title: 'Redis, for sessions and limits',
      description: '1 while ready. At 0 requests with a session cookie get 503.',
      queries: [
        { expr: `min by (instance, role) (${of('redis_connection_up', gateway)})`, legend: '{{instance}} {{role}}' },
      ],
      unit: 'none',
    }),
    timeseries({
      title: 'In progress',
      description: 'Requests being served now.',
      queries: [{ expr: sumBy(of('http_requests_in_flight', gateway), 'instance'), legend: '{{instance}}' }],
      unit: 'short',
    }),
  ];
}

function turnedAway(): Panel[] {
  return [
    timeseries({
      title: 'Refused: too many requests',
      description: '429, by limit: anonymous, signed_in, logins, password_checks.',
      queries: [{ expr: sumBy(rateOf('rate_limit_refusals_total'), 'limiter'), legend: '{{limiter}}' }],
      unit: 'reqps',
    }),
    timeseries({
      title: 'Refused: overload',
      description: 'Before any work was done, by service.',
      queries: [{ expr: sumOrZero(rateOf('overload_refusals_total'), 'part'), legend: '{{part}}' }],
      unit: 'reqps',
      warnAt: 0.1,
    }),
    timeseries({
      title: 'Overload limit and use',
      description: 'The overload guard’s limit of concurrent requests for each service, and their number.',
      queries: [
        { expr: sumBy(of('overload_limit'), 'part'), legend: 'limit {{part}}' },
        { expr: sumBy(of('overload_under_way'), 'part'), legend: 'under way {{part}}' },
      ],
      unit: 'short',
    }),
    timeseries({
      title: 'Refused: a service is down or busy',
      description: 'Without an attempt: its breaker was open, or all its places were taken.',
      queries: [
        { expr: sumOrZero(rateOf('upstream_refusals_total'), 'upstream', 'reason'), legend: '{{upstream}} {{reason}}' },
      ],
      unit: 'reqps',
      warnAt: 0.1,
    }),
  ];
}

function upstreams(): Panel[] {
  return [
    timeseries({
      title: 'Attempts, 99 %',
      description: 'Until the head of a service’s reply, measured at the gateway.',
      queries: [{ expr: quantileBy(0.99, 'upstream_request_duration_seconds', ['upstream']), legend: '{{upstream}}' }],
      unit: 's',
    }),
    timeseries({
      title: 'Attempts by outcome',
      description: 'The class of the reply, connection_failed, deadline_exceeded, or abandoned: the client left.',
      queries: [
        {
          expr: sumBy(rateOf('upstream_request_duration_seconds_count'), 'upstream', 'outcome'),
          legend: '{{upstream}} {{outcome}}',
        },
      ],
      unit: 'reqps',
    }),
    timeseries({
      title: 'Sent a second time',
      description: 'After a failed connection, a 502 or a 503: never more than once.',
      queries: [{ expr: sumBy(rateOf('upstream_retries_total'), 'upstream'), legend: '{{upstream}}' }],
      unit: 'reqps',
    }),
    timeseries({
      title: 'Breakers',
      description: '0 closed, 1 half-open, 2 open: the best among a service’s addresses, at the worst worker.',
      queries: [{ expr: maxBy(of('upstream_breaker_state'), 'upstream'), legend: '{{upstream}}' }],
      unit: 'none',
      warnAt: 1,
      badAt: 2,
    }),
    timeseries({
      title: 'Addresses',
      description: 'Addresses of a service’s name.',
      queries: [{ expr: maxBy(of('upstream_replicas'), 'upstream'), legend: '{{upstream}}' }],
      unit: 'none',
    }),
    timeseries({
      title: 'Requests to services',
      description: 'In progress, and waiting for a place.',
      queries: [
        { expr: sumBy(of('upstream_requests_under_way'), 'upstream'), legend: 'under way {{upstream}}' },
        { expr: sumBy(of('upstream_requests_waiting'), 'upstream'), legend: 'waiting {{upstream}}' },
      ],
      unit: 'short',
    }),
    timeseries({
      title: 'Latency of the services, 99 %',
      description: 'Measured at the services. The rest is the gateway and the network.',
      queries: [
        {
          expr: quantileBy(
            0.99,
            'http_request_duration_seconds',
            ['service'],
            `service=~"${services.filter((name) => name !== entrance).join('|')}"`,
            hurried,
          ),
          legend: '{{service}}',
        },
      ],
      unit: 's',
    }),
  ];
}
