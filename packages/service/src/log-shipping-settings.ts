import { secret, text, url } from '@mainstay/config';
import { z } from 'zod';

const levels = ['debug', 'info', 'warn', 'error'] as const;

export const logShippingSettings = {
  elasticsearchUrl: url()
    .optional()
    .describe(
      'URL of the Elasticsearch server to which the service sends log lines. If this setting is empty, the service sends no log lines.',
    ),
  elasticsearchUser: text()
    .optional()
    .describe('Name of the Elasticsearch user. This setting requires ELASTICSEARCH_PASSWORD.'),
  elasticsearchPassword: secret().optional().describe('Password of ELASTICSEARCH_USER.'),
  elasticsearchApiKey: secret()
    .optional()
    .describe(
      'Encoded API key of Elasticsearch. Set this key instead of ELASTICSEARCH_USER and ELASTICSEARCH_PASSWORD.',
    ),
  elasticsearchCa: text()
    .optional()
    .describe(
      'PEM certificate of the authority that signed the certificate of Elasticsearch. ELASTICSEARCH_CA_FILE can name a file with this certificate.',
    ),
  logStream: text({ charactersMax: 100 })
    .regex(/^[a-z][a-z0-9_.-]*$/, 'must be the name of a data stream, in lower case')
    .default('logs-mainstay-default')
    .describe('Name of the Elasticsearch data stream that stores the log lines.'),
  logShipLevel: z
    .enum(levels, { error: 'must be debug, info, warn or error' })
    .default('error')
    .describe(
      'Lowest severity of a log line that the service sends to Elasticsearch. The service never sends a line below LOG_LEVEL.',
    ),
};
