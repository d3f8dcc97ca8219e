export { createMetrics, type Metrics, type ObservedGauge } from './create-metrics.js';
