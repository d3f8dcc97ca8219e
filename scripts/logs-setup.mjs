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
  const { loadConfig, text, url } = await import('../packages/config/dist/index.js');
  const { logShippingSettings } = await import('../packages/service/dist/log-shipping-settings.js');
  const { setUpElasticsearch } = await import('./logs/set-up-elasticsearch.mjs');
  const { setUpKibana } = await import('./logs/set-up-kibana.mjs');
  const { z } = await import('zod');
  const schema = z.object({
    ...logShippingSettings,
    elasticsearchUrl: url().describe('Elasticsearch that the services ship their lines to.'),
    kibanaUrl: url().optional().describe('Kibana, whose saved objects are imported then.'),
    kibanaSpace: text().optional().describe('Its space; the default one without.'),
  });
  const config = loadConfig({ service: 'logs', schema });
  const access = { authorization: authorizationOf(config), ca: config.elasticsearchCa };
  const say = (/** @type {string} */ line) => console.log(line);
  await setUpElasticsearch(
    { url: config.elasticsearchUrl, ...access },
    { stream: config.logStream, retention: values.retention, say },
  );
  const space = config.kibanaSpace === undefined ? '' : `/s/${config.kibanaSpace}`;
  if (config.kibanaUrl !== undefined) await setUpKibana({ url: config.kibanaUrl + space, ...access }, { say });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** @param {{ elasticsearchUser?: string | undefined, elasticsearchPassword?: { reveal(): string } | undefined, elasticsearchApiKey?: { reveal(): string } | undefined }} config */
function authorizationOf({ elasticsearchUser: user, elasticsearchPassword: password, elasticsearchApiKey: apiKey }) {
  if (apiKey) return `ApiKey ${apiKey.reveal()}`;
  if (user === undefined) return undefined;
  return `Basic ${Buffer.from(`${user}:${password?.reveal() ?? ''}`).toString('base64')}`;
}
