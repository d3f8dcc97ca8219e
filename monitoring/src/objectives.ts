/** What the platform promises its users, written down once: rules, alerts, dashboards and the runbook follow from it. */

import { entrance, serviceNames } from '@mainstay/platform/services';

/** The services whose targets carry `service="…"`, whoever scrapes them. */
export const services = serviceNames;

/** Days over which an objective is kept, and its budget of failures spent. */
export const objectiveDays = 30;

/** Routes that last as long as somebody looks, or as a document is long: their duration says nothing of the platform. */
export const unhurriedRoutes = ['/v1/activity/live', '/v1/accounts/:accountId/statement'];

/** Asked by load balancers, once a second and more: no user. */
const healthRoute = '/healthz';

export interface Objective {
  /** The label `slo` of everything that is recorded for it. */
  slo: 'availability' | 'latency' | 'freshness';
  /** Share of the events that are to be good. */
  target: number;
  promise: string;
  /** PromQL: all events a second over `window`, by namespace. */
  total: (window: string) => string;
  /** PromQL: the bad ones among them. */
  bad: (window: string) => string;
}

const requests = `http_request_duration_seconds_count{service="${entrance}",route!="${healthRoute}"`;
const timed = (metric: string, le = '') =>
  `${metric}{service="${entrance}",route!~"${[healthRoute, ...unhurriedRoutes].join('|')}",status_class!="5xx"${le}}`;
const stored = (metric: string, le = '') => `${metric}{service="activity"${le}}`;
const rate = (series: string, window: string) => `rate(${series}[${window}])`;
const sum = (rates: string) => `sum by (namespace) (${rates})`;
/** All observations but those within the bound. Prometheus 3 writes whole bounds with a decimal: 5.0. */
const beyond = (of: typeof timed, histogram: string, bound: string, window: string) =>
  `${sum(rate(of(`${histogram}_count`), window))} - ${sum(rate(of(`${histogram}_bucket`, `,le=~"${bound}"`), window))}`;

export const objectives: readonly Objective[] = [
  {
    slo: 'availability',
    target: 0.999,
    promise: '99.9 % of the requests are answered, and not by a 5xx',
    // Whoever left before a reply has neither been served nor refused. What the overload guard refuses is in no other count.
    total: (window) =>
      sum(
        `${rate(`${requests},status_class!="aborted"}`, window)} or ${rate(`overload_refusals_total{service="${entrance}"}`, window)}`,
      ),
    bad: (window) =>
      sum(
        `${rate(`${requests},status_class="5xx"}`, window)} or ${rate(`overload_refusals_total{service="${entrance}"}`, window)}`,
      ),
  },
  {
    slo: 'latency',
    target: 0.99,
    promise: '99 % of the requests that did not fail take at most 300 ms, live feeds and statements aside',
    // A client that gave up after that was kept waiting.
    total: (window) => sum(rate(timed('http_request_duration_seconds_count'), window)),
    bad: (window) => beyond(timed, 'http_request_duration_seconds', '0\\\\.3', window),
  },
  {
    slo: 'freshness',
    target: 0.99,
    promise: '99 % of the events can be read 5 s after what they tell of',
    total: (window) => sum(rate(stored('event_store_lag_seconds_count'), window)),
    bad: (window) => beyond(stored, 'event_store_lag_seconds', '5(\\\\.0)?', window),
  },
];
