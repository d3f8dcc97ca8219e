/** The objectives of the platform, defined once: rules, alerts, dashboards and the runbook follow from them. */
import { entrance } from '@mainstay/platform/services';

/** Routes whose duration depends on their client or on a document's length, so it does not describe the platform. */
export const unhurriedRoutes = [
  '/v1/activity/live',
  '/v1/accounts/:accountId/statement', // feature: statements
];

export interface Objective {
  /** The label `slo` of everything that is recorded for it. */
  slo: 'availability' | 'latency' | 'freshness';
  /** Share of the events that should be good. */
  target: number;
  promise: string;
  /** PromQL: all events a second, by namespace. */
  total: string;
  /** PromQL: the bad ones among them. */
  bad: string;
}

/** Load balancers request it once a second and more; it is not a user's request. */
const healthRoute = '/healthz';
const untimedRoutes = [healthRoute, ...unhurriedRoutes].join('|');

const requests = (statuses: string) =>
  `http_request_duration_seconds_count{service="${entrance}",route!="${healthRoute}",status_class${statuses}}`;
const refusals = `overload_refusals_total{service="${entrance}"}`;
const timed = (part: string, bound = '') =>
  `http_request_duration_seconds_${part}{service="${entrance}",route!~"${untimedRoutes}",status_class!="5xx"${bound}}`;
const perSecond = (...series: string[]) =>
  `sum by (namespace) (${series.map((one) => `rate(${one}[5m])`).join(' or ')})`;

export const objectives: readonly Objective[] = [
  {
    slo: 'availability',
    target: 0.999,
    promise: '99.9 % of the requests get a reply that is not a 5xx',
    // A client that left before a reply was neither served nor refused. Refusals of the overload guard are in no other
    // count.
    total: perSecond(requests('!="aborted"'), refusals),
    bad: perSecond(requests('="5xx"'), refusals),
  },
  {
    slo: 'latency',
    target: 0.99,
    promise: '99 % of the successful requests take at most 300 ms, except live feeds and documents',
    // A request also counts as slow if the client gave up after 300 ms.
    total: perSecond(timed('count')),
    bad: `${perSecond(timed('count'))} - ${perSecond(timed('bucket', ',le=~"0\\\\.3"'))}`,
  },
  {
    slo: 'freshness',
    target: 0.99,
    promise: '99 % of the events can be read within 5 s',
    total: perSecond('event_store_lag_seconds_count'),
    // Prometheus 3 writes whole bounds with a decimal: 5.0.
    bad: `${perSecond('event_store_lag_seconds_count')} - ${perSecond('event_store_lag_seconds_bucket{le=~"5(\\\\.0)?"}')}`,
  },
];

/** The share of bad events that uses up the budget in exactly the objective's 30 days. */
export const allowedShare = ({ target }: Objective) => Number((1 - target).toFixed(6));
