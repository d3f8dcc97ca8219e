export { createMetrics, type Metrics, type ObservedGauge } from './create-metrics.js';
export { openMetrics, type OpenMetricsOptions } from './open-metrics.js';
export { countAsStream } from './request-metrics.js';
