export type Labels = Record<string, string>;

/** How the values of several workers are combined; `worker` keeps one series each. */
export type Across = 'sum' | 'max' | 'min' | 'average' | 'first' | 'omit' | 'worker';

export interface Series {
  labels: Labels;
  value: number;
}

/** `counts` are cumulative, one for each bound of the family; `count` is that of +Inf. */
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
/** Values that must never decrease, and so outlive the worker that counted them. */
export type TotalsFamily = CounterFamily | HistogramFamily;

export function totalsOf(families: AnyFamily[]): TotalsFamily[] {
  return families.filter((family) => family.type !== 'gauge');
}

/** A text that is the same for equal labels in any order. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(
    Object.keys(labels)
      .sort()
      .map((name) => [name, labels[name]]),
  );
}
