import { unhurriedRoutes } from '../objectives.ts';
import type { Variable } from './grafana.ts';

/** Grafana's own: long enough for a rate at every zoom. */
export const window = '[$__rate_interval]';

/** Which installation, where one Prometheus watches several: `.*` also means none. */
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

/** A metric of the chosen namespace, with what else it must match. */
export function of(metric: string, ...matchers: string[]): string {
  return `${metric}{${['namespace=~"$namespace"', ...matchers].join(',')}}`;
}

export const rateOf = (metric: string, ...matchers: string[]) => `rate(${of(metric, ...matchers)}${window})`;

/** Sums by these labels, and 0 where there is nothing to sum: a panel that says 0 is not one that is broken. */
export const sumOrZero = (rates: string, ...labels: string[]) =>
  labels.length === 0 ? `sum(${rates}) or vector(0)` : `sum by (${labels.join(', ')}) (${rates}) or vector(0)`;

export const sumBy = (rates: string, ...labels: string[]) => `sum by (${labels.join(', ')}) (${rates})`;

export const maxBy = (gauge: string, ...labels: string[]) => `max by (${labels.join(', ')}) (${gauge})`;

/** Of all together where there are no labels. */
export function quantileBy(quantile: number, histogram: string, labels: string[], ...matchers: string[]): string {
  return `histogram_quantile(${quantile}, ${sumBy(rateOf(`${histogram}_bucket`, ...matchers), ...labels, 'le')})`;
}

/** Leaves out what lasts as long as somebody looks, or as a document is long. */
export const hurried = `route!~"${unhurriedRoutes.join('|')}"`;
