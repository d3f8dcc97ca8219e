import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createMetrics, type Metrics } from './create-metrics.js';

export interface OpenMetricsOptions {
  service: string;
  version: string;
  /** Where the workers of a cluster meet, in a folder named by the service. Empty: this process answers for itself alone. */
  directory: string;
  log: { warn(message: string, fields?: Record<string, unknown>): void };
}

/** The metrics of a service. @throws Error one readable sentence when the folder cannot be used */
export async function openMetrics({ directory, ...build }: OpenMetricsOptions): Promise<Metrics> {
  if (directory !== '') await mkdir(join(resolve(directory), build.service), { recursive: true, mode: 0o700 });
  return createMetrics(build);
}
