export type Labels = Record<string, string>;

/** How to combine the values of several workers. `worker` keeps one series per worker. */
export type Across = 'sum' | 'max' | 'min' | 'average' | 'first' | 'omit' | 'worker';

export interface Series {
  labels: Labels;
  value: number;
}

/** `counts` has one cumulative count per bound. `count` is the number of all observations. */
export interface Distribution {
  labels: Labels;
  counts: number[];
  count: number;
  sum: number;
}

interface Family<Type extends string> {
  name: string;
  help: string;
  type: Type;
}
export type CounterFamily = Family<'counter'> & { series: Series[] };
export type HistogramFamily = Family<'histogram'> & { bounds: number[]; series: Distribution[] };
export type GaugeFamily = Family<'gauge'> & { across: Across; series: Series[] };
export type AnyFamily = CounterFamily | HistogramFamily | GaugeFamily;
/** Metrics that must not decrease, so the values of ended workers are kept. */
export type TotalsFamily = CounterFamily | HistogramFamily;

export function totalsOf(families: AnyFamily[]): TotalsFamily[] {
  return families.filter((family) => family.type !== 'gauge');
}

/** Returns the same text for equal labels in any order. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(
    Object.keys(labels)
      .sort()
      .map((name) => [name, labels[name]]),
  );
}
