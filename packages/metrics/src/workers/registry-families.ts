import { Counter, Gauge, Histogram, Registry, type Metric } from 'prom-client';
import { isOfOneProcess } from '../process-metrics.js';
import {
  keyOf,
  type Across,
  type AnyFamily,
  type Distribution,
  type HistogramFamily,
  type Labels,
} from './families.js';

/** The form in which prom-client returns and prints a metric. */
interface Figures {
  name: string;
  help: string;
  type: string;
  aggregator: string;
  values: Figure[];
}
interface Figure {
  labels: Record<string, string | number | undefined>;
  value: number;
  metricName?: string;
}

/** Reads the values of a registry. Without `gauges`, no gauge is read, because reading resets some gauges. */
export async function readFamilies(registry: Registry, { gauges }: { gauges: boolean }): Promise<AnyFamily[]> {
  const kinds = gauges ? [Counter, Histogram, Gauge] : [Counter, Histogram];
  const metrics = (registry.getMetricsAsArray() as unknown as Metric[]).filter((metric) =>
    kinds.some((kind) => metric instanceof kind),
  );
  const figures = await Promise.all(metrics.map((metric) => metric.get() as unknown as Promise<Figures>));
  return figures.map(familyOf);
}

/** Returns the text that Prometheus scrapes, in prom-client's format. */
export async function printFamilies(families: AnyFamily[]): Promise<string> {
  const registry = new Registry();
  for (const family of families) {
    const figures = figuresOf(family);
    registry.registerMetric({ ...figures, get: () => Promise.resolve(figures) } as unknown as Metric);
  }
  return registry.metrics();
}

/**
 * Rounds values to multiples of 2^-20, because their sums are exact. An inexact sum could decrease, and Prometheus
 * takes a decrease for a restart.
 */
const RESOLUTION = 2 ** 20;
const exact = (value: number) => Math.floor(value * RESOLUTION) / RESOLUTION;

function familyOf({ name, help, type, aggregator, values }: Figures): AnyFamily {
  if (type === 'histogram') return { name, help, type, ...distributionsOf(values) };
  const series = values.map(({ labels, value }) => ({ labels: textLabels(labels), value }));
  if (type === 'counter')
    return { name, help, type, series: series.map((one) => ({ ...one, value: exact(one.value) })) };
  const across = isOfOneProcess(name) ? 'worker' : (aggregator as Across);
  // JSON cannot express infinity, so infinite values are left out.
  return { name, help, type: 'gauge', across, series: series.filter(({ value }) => Number.isFinite(value)) };
}

function distributionsOf(values: Figure[]): Pick<HistogramFamily, 'bounds' | 'series'> {
  const bounds = new Set<number>();
  const series = new Map<string, Distribution>();
  for (const {
    labels: { le, ...rest },
    value,
    metricName,
  } of values) {
    const labels = textLabels(rest);
    const key = keyOf(labels);
    const distribution = series.get(key) ?? { labels, counts: [], count: 0, sum: 0 };
    series.set(key, distribution);
    if (typeof le === 'number') {
      bounds.add(le);
      distribution.counts.push(value);
    } else if (metricName?.endsWith('_sum')) distribution.sum = exact(value);
    else distribution.count = value;
  }
  return { bounds: [...bounds], series: [...series.values()] };
}

function figuresOf(family: AnyFamily): Figures {
  const { name, help, type } = family;
  const values = type === 'histogram' ? bucketsOf(family) : family.series;
  return { name, help, type, aggregator: 'sum', values };
}

function bucketsOf({ name, bounds, series }: HistogramFamily): Figure[] {
  return series.flatMap(({ labels, counts, count, sum }) => [
    ...bounds.map((le, index) => ({
      metricName: `${name}_bucket`,
      labels: { le, ...labels },
      value: counts[index] ?? 0,
    })),
    { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]);
}

function textLabels(labels: Figure['labels']): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}
