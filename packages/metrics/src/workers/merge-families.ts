import {
  keyOf,
  type AnyFamily,
  type CounterFamily,
  type Distribution,
  type GaugeFamily,
  type HistogramFamily,
  type Series,
  type TotalsFamily,
} from './families.js';

/** The gauges in the report of one worker. */
export interface WorkerGauges {
  worker: string;
  gauges: GaugeFamily[];
}

/**
 * Adds up counters and histograms by name and labels. If a source lacks a bucket, its next lower bucket
 * counts instead. So a merged count is never too high, and never decreases.
 */
export function mergeTotals(sources: TotalsFamily[][]): TotalsFamily[] {
  return groupBy(sources.flat(), ({ name, type }) => `${type} ${name}`).map((families) =>
    families[0]!.type === 'counter'
      ? addCounters(families as CounterFamily[])
      : addHistograms(families as HistogramFamily[]),
  );
}

/**
 * Combines the gauges of each name by the rule `across`. If workers have different rules for a name, the first item of
 * `workers` that has the gauge decides.
 */
export function mergeGauges(workers: WorkerGauges[]): GaugeFamily[] {
  const all = workers.flatMap(({ worker, gauges }) => gauges.map((gauge) => ({ worker, gauge })));
  return groupBy(all, ({ gauge }) => gauge.name).flatMap((group) => {
    const { gauge } = group[0]!;
    if (gauge.across === 'omit') return [];
    const series = group.flatMap(({ worker, gauge: { series } }) =>
      gauge.across === 'worker' ? series.map((one) => ({ ...one, labels: { ...one.labels, worker } })) : series,
    );
    return [{ ...gauge, series: groupBy(series, ({ labels }) => keyOf(labels)).map((same) => join(same, gauge)) }];
  });
}

/** Returns each merged metric once. If releases disagree about a metric's kind, this worker's kind wins. */
export function pageOf(own: AnyFamily[], merged: AnyFamily[]): AnyFamily[] {
  const kindOf = ({ name, type }: AnyFamily) => `${type} ${name}`;
  const byKind = new Map(merged.map((family) => [kindOf(family), family]));
  return groupBy([...own, ...merged], ({ name }) => name).flatMap(([first]) => byKind.get(kindOf(first!)) ?? []);
}

function addCounters(families: CounterFamily[]): CounterFamily {
  const series = groupBy(
    families.flatMap((family) => family.series),
    ({ labels }) => keyOf(labels),
  );
  return { ...families[0]!, series: series.map((same) => ({ ...same[0]!, value: sumOf(same) })) };
}

function addHistograms(families: HistogramFamily[]): HistogramFamily {
  const bounds = [...new Set(families.flatMap((family) => family.bounds))].sort((one, other) => one - other);
  const series = families.flatMap((family) => {
    const places = bounds.map((bound) => family.bounds.findLastIndex((lower) => lower <= bound));
    return family.series.map((one) => ({ ...one, counts: places.map((place) => one.counts[place] ?? 0) }));
  });
  return {
    ...families[0]!,
    bounds,
    series: groupBy(series, ({ labels }) => keyOf(labels)).map((same) => same.reduce(addDistributions)),
  };
}

function addDistributions(one: Distribution, other: Distribution): Distribution {
  return {
    labels: one.labels,
    counts: one.counts.map((count, index) => count + other.counts[index]!),
    count: one.count + other.count,
    sum: one.sum + other.sum,
  };
}

function join(series: Series[], { across }: GaugeFamily): Series {
  const values = series.map(({ value }) => value);
  const first = series[0]!;
  switch (across) {
    case 'sum':
      return { ...first, value: sumOf(series) };
    case 'average':
      return { ...first, value: sumOf(series) / series.length };
    case 'max':
      return { ...first, value: Math.max(...values) };
    case 'min':
      return { ...first, value: Math.min(...values) };
    case 'first':
    case 'worker':
    case 'omit':
    default: // A worker of a newer release can send an unknown rule.
      return first;
  }
}

function sumOf(series: Series[]): number {
  return series.reduce((sum, { value }) => sum + value, 0);
}

function groupBy<Item>(items: Item[], keyOfItem: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOfItem(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
