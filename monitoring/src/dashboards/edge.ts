import { entrance } from '@mainstay/platform/services';
import { services } from '../objectives.ts';
import { dashboard, row, timeseries, type Dashboard, type Panel } from './grafana.ts';
import { hurried, maxBy, namespace, of, quantileBy, rateOf, sumBy, sumOrZero } from './queries.ts';

const gateway = `service="${entrance}"`;

/** The door: who is let in, who is turned away, and how it goes behind it. */
export function edgeDashboard(): Dashboard {
  return dashboard(
    {
      uid: 'mainstay-edge',
      title: 'Mainstay: edge & gateway',
      description: 'What callers meet: throttling, breakers, the services behind the door.',
    },
    [namespace],
    [row('Callers'), ...callers(), row('Turned away'), ...turnedAway(), row('Services behind it'), ...upstreams()],
  );
}

function callers(): Panel[] {
  return [
    timeseries({
      title: 'Requests by route',
      description: 'unmatched: a path that nothing answers, or the pages.',
      queries: [
        {
          expr: `topk(10, ${sumBy(rateOf('http_request_duration_seconds_count', gateway), 'method', 'route')})`,
          legend: '{{method}} {{route}}',
        },
      ],
      unit: 'reqps',
    }),
    timeseries({
      title: 'Answers by class',
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
      title: 'Latency at the door',
      description: 'Live feeds and statements aside. The promise is 300 ms for 99 %.',
      queries: [0.5, 0.9, 0.99].map((quantile) => ({
        expr: quantileBy(quantile, 'http_request_duration_seconds', [], gateway, hurried),
        legend: `${quantile * 100} %`,
      })),
      unit: 's',
      warnAt: 0.3,
    }),
    timeseries({
      title: 'Sign-in and registration, 99 %',
      description: 'Passwords cost time on purpose: some 15 ms of a processor.',
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
      description: '1 while ready. At 0 whoever has a cookie gets 503.',
      queries: [
        { expr: `min by (instance, role) (${of('redis_connection_up', gateway)})`, legend: '{{instance}} {{role}}' },
      ],
      unit: 'none',
    }),
    timeseries({
      title: 'Under way',
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
      title: 'Refused: too much to do',
      description: 'Before anything was done for them, by the service that they were for.',
      queries: [{ expr: sumOrZero(rateOf('overload_refusals_total'), 'part'), legend: '{{part}}' }],
      unit: 'reqps',
      warnAt: 0.1,
    }),
    timeseries({
      title: 'Room and use',
      description:
        'Requests that may be under way for each service, as the guard finds out by itself, and those that are.',
      queries: [
        { expr: sumBy(of('overload_limit'), 'part'), legend: 'limit {{part}}' },
        { expr: sumBy(of('overload_under_way'), 'part'), legend: 'under way {{part}}' },
      ],
      unit: 'short',
    }),
    timeseries({
      title: 'Refused: a service is away or busy',
      description: 'Without asking it: its breaker was open, or it had all that it can do.',
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
      description: 'Until the head of a service’s reply, as the gateway sees it.',
      queries: [{ expr: quantileBy(0.99, 'upstream_request_duration_seconds', ['upstream']), legend: '{{upstream}}' }],
      unit: 's',
    }),
    timeseries({
      title: 'Attempts by outcome',
      description: 'The class of the reply, connection_failed, deadline_exceeded, or abandoned: the client went.',
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
      description: 'That a service’s name has.',
      queries: [{ expr: maxBy(of('upstream_replicas'), 'upstream'), legend: '{{upstream}}' }],
      unit: 'none',
    }),
    timeseries({
      title: 'Requests to services',
      description: 'Under way, and waiting for a place.',
      queries: [
        { expr: sumBy(of('upstream_requests_under_way'), 'upstream'), legend: 'under way {{upstream}}' },
        { expr: sumBy(of('upstream_requests_waiting'), 'upstream'), legend: 'waiting {{upstream}}' },
      ],
      unit: 'short',
    }),
    timeseries({
      title: 'Latency of the services, 99 %',
      description: 'As they see it themselves. What the gateway has on top is its own, and the way.',
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
