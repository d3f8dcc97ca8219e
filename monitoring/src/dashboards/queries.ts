import { unhurriedRoutes } from '../objectives.ts';
import type { Variable } from './grafana.ts';

/** Grafana's own variable: long enough for a rate at every zoom. */
export const window = '[$__rate_interval]';

/** The installation, if one Prometheus watches several: `.*` also matches none. */
export const namespace: Variable = {
  name: 'namespace',
  label: 'Namespace',
  query: 'label_values(up, namespace)',
  hasAll: true,
};
export const service: Variable = {
  name: 'service',
  label: 'Service',
  query: 'label_values(service_build_info, service)',
  hasAll: false,
};

/** A metric of the chosen namespace, with further conditions. */
export function of(metric: string, ...matchers: string[]): string {
  return `${metric}{${['namespace=~"$namespace"', ...matchers].join(',')}}`;
}

export const rateOf = (metric: string, ...matchers: string[]) => `rate(${of(metric, ...matchers)}${window})`;

/** Sums by these labels, and 0 if there is nothing to sum, so that an empty panel means a broken query. */
export const sumOrZero = (rates: string, ...labels: string[]) =>
  labels.length === 0 ? `sum(${rates}) or vector(0)` : `sum by (${labels.join(', ')}) (${rates}) or vector(0)`;

export const sumBy = (rates: string, ...labels: string[]) => `sum by (${labels.join(', ')}) (${rates})`;

export const maxBy = (gauge: string, ...labels: string[]) => `max by (${labels.join(', ')}) (${gauge})`;

/** Of all together if there are no labels. */
export function quantileBy(quantile: number, histogram: string, labels: string[], ...matchers: string[]): string {
  return `histogram_quantile(${quantile}, ${sumBy(rateOf(`${histogram}_bucket`, ...matchers), ...labels, 'le')})`;
}

/** Leaves out live feeds and statements, whose duration depends on their client or length. */
export const hurried = `route!~"${unhurriedRoutes.join('|')}"`;
