// @ts-check
/**
 * Makes a log store ready for what services ship (docs/observability.md): index template, data stream, retention, and where KIBANA_URL is set its saved objects.
 * Reads the services' own settings, from the environment or `.env`: ELASTICSEARCH_URL, _USER, _PASSWORD, _API_KEY, _CA, LOG_STREAM.
 *
 *   npm run logs:setup -- [--retention 30d]
 */
import { parseArgs } from 'node:util';

try {
  const { values } = parseArgs({ options: { retention: { type: 'string', default: '30d' } } });
  const { readLogSettings } = await import('./logs/read-settings.mjs');
  const { setUpElasticsearch } = await import('./logs/set-up-elasticsearch.mjs');
  const { setUpKibana } = await import('./logs/set-up-kibana.mjs');
  const { stream, elasticsearch, kibana } = await readLogSettings();
  const say = (/** @type {string} */ line) => console.log(line);
  await setUpElasticsearch(elasticsearch, { stream, retention: values.retention, say });
  if (kibana) await setUpKibana(kibana, { say });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
