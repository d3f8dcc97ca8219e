/** A metric series in the notation of promtool. */

export interface Timeline {
  series: string;
  values: string;
}

interface Stretch {
  minutes: number;
  /** For a counter, the growth per minute. For a gauge, the value. */
  value: number;
}

/** A counter with one sample per minute. */
export function counter(series: string, ...stretches: Stretch[]): Timeline {
  let total = 0;
  const values = stretches.map(({ minutes, value }) => {
    const notation = `${total}+${value}x${minutes - 1}`;
    total += value * minutes;
    return notation;
  });
  return { series, values: values.join(' ') };
}

export function gauge(series: string, ...stretches: Stretch[]): Timeline {
  return { series, values: stretches.map(({ minutes, value }) => `${value}x${minutes - 1}`).join(' ') };
}

/** A gauge with one sample per minute, and without samples while `value` is undefined. */
export function gaugeWithGaps(series: string, ...stretches: { minutes: number; value?: number }[]): Timeline {
  const values = stretches.map(
    ({ minutes, value }) => `${value ?? '_'}x${value === undefined ? minutes : minutes - 1}`,
  );
  return { series, values: values.join(' ') };
}
