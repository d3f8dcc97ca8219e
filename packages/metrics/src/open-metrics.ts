import { join, resolve } from 'node:path';
import { Registry } from 'prom-client';
import { createMetrics, type Metrics } from './create-metrics.js';
import { shareMetrics, type SharingOptions } from './workers/share-metrics.js';

export interface OpenMetricsOptions extends Omit<SharingOptions, 'registry'> {
  service: string;
  version: string;
  /** Where the workers of a cluster meet, in a folder named by the service. Empty: this process answers for itself alone. */
  directory: string;
}

export interface OpenedMetrics extends Omit<Metrics, 'close'> {
  /** Writes what was counted for the last time, for others to go on with. */
  close(): Promise<void>;
}

/**
 * The metrics of a service. Where its workers share a folder, the page of any of them is that of all: see the README for what is added up.
 * @throws Error one readable sentence when the folder cannot be used
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
