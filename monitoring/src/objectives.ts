/** The service level objectives. Rules, alerts and dashboards are generated from these objectives. */
import { entrance } from '@mainstay/platform/services';

/** The latency objective excludes these routes, because their duration depends on the client or on a document's length. */
export const unhurriedRoutes = [
  '/v1/activity/live',
  '/v1/accounts/:accountId/statement', // fork:remove statements
];

export interface Objective {
  /** Value of the label `slo` in all metrics and alerts of this objective. */
  slo: 'availability' | 'latency' | 'freshness';
  /** Word for the measured items in messages. */
  measured: 'requests' | 'events';
  target: number;
  promise: string;
  /** PromQL for the number of measured items per second, by namespace. */
  total: string;
  /** PromQL for the number of bad items per second, by namespace. */
  bad: string;
}

/** Only health checks request this route, so the objectives do not count it. */
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
    // A request is not counted if its client closed the connection before the reply. `requests` does not contain the
    // refusals of the overload guard, so add them.
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
    // Prometheus 3 writes the bound 5 as 5.0, so a regular expression matches both.
    bad: `${perSecond('event_store_lag_seconds_count')} - ${perSecond('event_store_lag_seconds_bucket{le=~"5(\\\\.0)?"}')}`,
  },
];

/** Returns the share of items that may be bad: for example, 0.001 for a target of 0.999. */
export const allowedShare = ({ target }: Objective) => Number((1 - target).toFixed(6));
