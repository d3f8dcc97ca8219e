import { describe, expect, it } from '@jest/globals';
import type { Across, CounterFamily, GaugeFamily, HistogramFamily, TotalsFamily } from './families.js';
import { mergeGauges, mergeTotals, pageOf } from './merge-families.js';

const counter = (name: string, value: number, labels = {}): CounterFamily => ({
  name,
  help: 'Counted.',
  type: 'counter',
  series: [{ labels, value }],
});

const gauge = (across: Across, value: number): GaugeFamily => ({
  name: 'lag',
  help: 'Lag.',
  type: 'gauge',
  across,
  series: [{ labels: { store: 'pg' }, value }],
});

function histogram(bounds: number[], counts: number[]): HistogramFamily {
  const count = counts.at(-1)!;
  return {
    name: 'time',
    help: 'Time.',
    type: 'histogram',
    bounds,
    series: [{ labels: {}, counts, count, sum: count }],
  };
}

const valueOf = (across: Across) =>
  mergeGauges([5, 1, 3].map((value, index) => ({ worker: String(index), gauges: [gauge(across, value)] }))).flatMap(
    ({ series }) => series,
  );

describe('mergeTotals', () => {
  it('adds values by name and labels, in any order', () => {
    const labelled = (labels: Record<string, string>) => counter('work_total', 1, labels);
    const [merged] = mergeTotals([
      [labelled({ a: '1', b: '2' })],
      [labelled({ b: '2', a: '1' }), labelled({ a: '3' })],
    ]);
    expect((merged as CounterFamily).series.map(({ value }) => value)).toEqual([2, 1]);
  });

  it('uses the next lower bound if a source lacks a bound', () => {
    const [merged] = mergeTotals([[histogram([1, 5], [10, 20])], [histogram([2, 5, 9], [3, 4, 7])]]) as [
      HistogramFamily,
    ];
    expect(merged.bounds).toEqual([1, 2, 5, 9]);
    expect(merged.series[0]).toMatchObject({ counts: [10, 13, 24, 27], count: 27, sum: 27 });
  });

  it('gives the same result in any grouping', () => {
    const sources: TotalsFamily[][] = [
      [histogram([1, 5], [10, 20])],
      [histogram([2, 5, 9], [3, 4, 7])],
      [histogram([0.5, 3], [1, 2])],
    ];
    const inGroups = mergeTotals([sources[0]!, mergeTotals(sources.slice(1))]);
    expect(inGroups).toEqual(mergeTotals(sources));
    expect(mergeTotals([mergeTotals(sources.slice(0, 2)), sources[2]!])).toEqual(inGroups);
  });
});

describe('mergeGauges', () => {
  it.each([
    ['sum', 9],
    ['max', 5],
    ['min', 1],
    ['average', 3],
    ['first', 5],
  ] as const)('combines the workers into one series by: %s', (across, value) => {
    expect(valueOf(across)).toEqual([{ labels: { store: 'pg' }, value }]);
  });

  it('keeps one series per worker, or omits the gauge', () => {
    expect(valueOf('worker').map(({ labels }) => labels.worker)).toEqual(['0', '1', '2']);
    expect(valueOf('omit')).toEqual([]);
  });
});

describe('pageOf', () => {
  it("has each name once, with this worker's kind of metric", () => {
    const merged = [...mergeTotals([[counter('lag', 1), counter('other_total', 2)]]), gauge('sum', 3)];
    expect(pageOf([gauge('sum', 0)], merged).map(({ name, type }) => [name, type])).toEqual([
      ['lag', 'gauge'],
      ['other_total', 'counter'],
    ]);
  });
});
