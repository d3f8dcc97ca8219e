/** The objectives of the platform. Rules, alerts and dashboards are generated from them. */
import { entrance } from '@mainstay/platform/services';

/** The latency objective excludes these routes, because their duration depends on the client or on a document's length. */
export const unhurriedRoutes = [
  '/v1/activity/live',
  '/v1/accounts/:accountId/statement', // feature: statements
];

export interface Objective {
  /** The label `slo` of all metrics and alerts of this objective. */
  slo: 'availability' | 'latency' | 'freshness';
  /** The word for the measured items in messages. The names of rules always contain `events`. */
  measured: 'requests' | 'events';
  target: number;
  promise: string;
  /** PromQL for the number of events per second, by namespace. */
  total: string;
  /** PromQL for the number of bad events per second, by namespace. */
  bad: string;
}

/** Load balancers send this request, and users do not, so the objectives do not count it. */
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
    measured: 'requests',
    target: 0.999,
    promise: '99.9 % of the requests get a reply that is not a 5xx',
    // A request is not counted if the client closed the connection before the reply. Refusals of the overload guard are
    // added, because no other metric counts them.
    total: perSecond(requests('!="aborted"'), refusals),
    bad: perSecond(requests('="5xx"'), refusals),
  },
  {
    slo: 'latency',
    measured: 'requests',
    target: 0.99,
    promise: '99 % of the successful requests take at most 300 ms, except live feeds and documents',
    // A request that its client aborted after more than 300 ms counts as slow.
    total: perSecond(timed('count')),
    bad: `${perSecond(timed('count'))} - ${perSecond(timed('bucket', ',le=~"0\\\\.3"'))}`,
  },
  {
    slo: 'freshness',
    measured: 'events',
    target: 0.99,
    promise: '99 % of the events can be read within 5 s',
    total: perSecond('event_store_lag_seconds_count'),
    // The bound is a regular expression, because Prometheus 3 writes 5 as 5.0.
    bad: `${perSecond('event_store_lag_seconds_count')} - ${perSecond('event_store_lag_seconds_bucket{le=~"5(\\\\.0)?"}')}`,
  },
];

/** The share of bad events that uses the whole budget in exactly 30 days. */
export const allowedShare = ({ target }: Objective) => Number((1 - target).toFixed(6));
