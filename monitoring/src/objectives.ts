/** The objectives of the platform, defined once: rules, alerts, dashboards and the runbook follow from them. */

import { entrance, serviceNames } from '@mainstay/platform/services';

/** The services whose targets have the label `service`, in every scrape configuration. */
export const services = serviceNames;

/** Days of an objective and of its budget of failures. */
export const objectiveDays = 30;

/** Routes whose duration depends on their client or on a document's length, so it does not describe the platform. */
export const unhurriedRoutes = [
  '/v1/activity/live',
  '/v1/accounts/:accountId/statement', // feature: statements
];

/** Load balancers request it once a second and more; it is not a user's request. */
const healthRoute = '/healthz';

export interface Objective {
  /** The label `slo` of everything that is recorded for it. */
  slo: 'availability' | 'latency' | 'freshness';
  /** Share of the events that should be good. */
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
const stored = (metric: string, le = '') => (le === '' ? metric : `${metric}{${le.slice(1)}}`);
const rate = (series: string, window: string) => `rate(${series}[${window}])`;
const sum = (rates: string) => `sum by (namespace) (${rates})`;
/** All observations except those within the bound. Prometheus 3 writes whole bounds with a decimal: 5.0. */
const beyond = (of: typeof timed, histogram: string, bound: string, window: string) =>
  `${sum(rate(of(`${histogram}_count`), window))} - ${sum(rate(of(`${histogram}_bucket`, `,le=~"${bound}"`), window))}`;

export const objectives: readonly Objective[] = [
  {
    slo: 'availability',
    target: 0.999,
    promise: '99.9 % of the requests get a reply that is not a 5xx',
    // A client that left before a reply was neither served nor refused. Refusals of the overload guard are in no other
    // count.
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
    promise: '99 % of the successful requests take at most 300 ms, except live feeds and documents',
    // A request also counts as slow if the client gave up after 300 ms.
    total: (window) => sum(rate(timed('http_request_duration_seconds_count'), window)),
    bad: (window) => beyond(timed, 'http_request_duration_seconds', '0\\\\.3', window),
  },
  {
    slo: 'freshness',
    target: 0.99,
    promise: '99 % of the events can be read within 5 s',
    total: (window) => sum(rate(stored('event_store_lag_seconds_count'), window)),
    bad: (window) => beyond(stored, 'event_store_lag_seconds', '5(\\\\.0)?', window),
  },
];
