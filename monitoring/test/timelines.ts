/** Scraped series: one per line, written as periods. */

export interface Timeline {
  series: string;
  values: string;
}

interface Stretch {
  minutes: number;
  /** Of a counter: its growth per minute. Of a gauge: its value. */
  value: number;
}

/** A sample a minute of a value that only grows. */
export function counter(series: string, ...stretches: Stretch[]): Timeline {
  let total = 0;
  const values = stretches.map(({ minutes, value }) => {
    const notation = `${total}+${value}x${minutes - 1}`;
    total += value * minutes;
    return notation;
  });
  return { series, values: values.join(' ') };
}

/** A sample a minute of a value that goes up and down. */
export function gauge(series: string, ...stretches: Stretch[]): Timeline {
  return { series, values: stretches.map(({ minutes, value }) => `${value}x${minutes - 1}`).join(' ') };
}

/** A sample a minute, none while the value is undefined. */
export function gaugeWithGaps(series: string, ...stretches: { minutes: number; value?: number }[]): Timeline {
  const values = stretches.map(
    ({ minutes, value }) => `${value ?? '_'}x${value === undefined ? minutes : minutes - 1}`,
  );
  return { series, values: values.join(' ') };
}
