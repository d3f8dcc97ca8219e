// @ts-check
/**
 * The services' own settings of the log store, from the environment or `.env`, and those of Kibana. What they are read with is there once the packages are built.
 * @returns {Promise<{ stream: string, elasticsearch: import('./log-store.mjs').Access, kibana?: import('./log-store.mjs').Access }>}
 * @throws ConfigError that names what is wrong
 */
export async function readLogSettings() {
  const { loadConfig, text, url } = await import('../../packages/config/dist/index.js');
  const { logShippingSettings } = await import('../../packages/service/dist/log-shipping-settings.js');
  const { z } = await import('zod');
  const schema = z.object({
    ...logShippingSettings,
    elasticsearchUrl: url().describe('Elasticsearch that the services ship their lines to.'),
    kibanaUrl: url().optional().describe('Kibana, whose saved objects are imported then.'),
    kibanaSpace: text().optional().describe('Its space; the default one without.'),
  });
  const config = loadConfig({ service: 'logs', schema });
  const access = { authorization: authorizationOf(config), ca: config.elasticsearchCa };
  const space = config.kibanaSpace === undefined ? '' : `/s/${config.kibanaSpace}`;
  return {
    stream: config.logStream,
    elasticsearch: { url: config.elasticsearchUrl, ...access },
    ...(config.kibanaUrl !== undefined && { kibana: { url: config.kibanaUrl + space, ...access } }),
  };
}

/** @param {{ elasticsearchUser?: string | undefined, elasticsearchPassword?: { reveal(): string } | undefined, elasticsearchApiKey?: { reveal(): string } | undefined }} config */
function authorizationOf({ elasticsearchUser: user, elasticsearchPassword: password, elasticsearchApiKey: apiKey }) {
  if (apiKey) return `ApiKey ${apiKey.reveal()}`;
  if (user === undefined) return undefined;
  return `Basic ${Buffer.from(`${user}:${password?.reveal() ?? ''}`).toString('base64')}`;
}
