import { join, resolve } from 'node:path';
import { Registry } from 'prom-client';
import { createMetrics, type Metrics } from './create-metrics.js';
import { shareMetrics, type SharingOptions } from './workers/share-metrics.js';

export interface OpenMetricsOptions extends Omit<SharingOptions, 'registry'> {
  service: string;
  version: string;
  /** A folder for the workers of all services. If the path is empty, each process reports only its own metrics. */
  directory: string;
}

export interface OpenedMetrics extends Omit<Metrics, 'close'> {
  /** With a shared folder, writes the final counts, so that the other workers can add them. */
  close(): Promise<void>;
}

/**
 * Opens the metrics of a service. With a shared folder, each worker reports the metrics of all workers.
 * @throws Error if the folder cannot be used
 */
export async function openMetrics(options: OpenMetricsOptions): Promise<OpenedMetrics> {
  const registry = new Registry();
  const own = createMetrics(options, registry);
  if (options.directory === '') return { ...own, close: () => Promise.resolve(own.close()) };
  try {
    const directory = join(resolve(options.directory), options.service);
    const shared = await shareMetrics({ ...options, registry, directory });
    return {
      ...own,
      render: async () => ({ contentType: registry.contentType, body: await shared.render() }),
      close: () => shared.close().finally(() => own.close()),
    };
  } catch (error) {
    own.close();
    throw error;
  }
}
