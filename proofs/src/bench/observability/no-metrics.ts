/** Replaces the metrics package. Its functions have no effect. */
import type { Metrics, ObservedGauge } from '@mainstay/metrics';
import type { Counter, Histogram } from 'prom-client';

const nothing = () => undefined;
const methods: Record<keyof Counter | keyof ObservedGauge<string> | keyof Histogram, unknown> = {
  inc: nothing,
  dec: nothing,
  set: nothing,
  setToCurrentTime: nothing,
  observe: () => nothing,
  remove: nothing,
  reset: nothing,
  zero: nothing,
  startTimer: () => nothing,
  labels: () => methods,
  get: nothing,
};
const figure = () => methods as never;
const pass = (_req: unknown, _res: unknown, next: () => void) => next();
const metrics: Metrics = {
  counter: figure,
  gauge: figure,
  histogram: figure,
  requestMetrics: () => pass,
  requestTimes: () => ({ began: nothing, ended: nothing }),
  render: () => Promise.resolve({ contentType: 'text/plain', body: '' }),
  close: nothing,
};

export const countAsStream = nothing;
export const createMetrics = () => metrics;
export const openMetrics = () => Promise.resolve({ ...metrics, close: () => Promise.resolve() });
