import { secret, text, url } from '@mainstay/config';
import { z } from 'zod';

const levels = ['debug', 'info', 'warn', 'error'] as const;

export const logShippingSettings = {
  elasticsearchUrl: url()
    .optional()
    .describe('Elasticsearch that log lines are shipped to. Without it no lines are shipped.'),
  elasticsearchUser: text().optional().describe('User of Elasticsearch. Needs ELASTICSEARCH_PASSWORD.'),
  elasticsearchPassword: secret().optional().describe('Password of ELASTICSEARCH_USER.'),
  elasticsearchApiKey: secret().optional().describe('Encoded API key of Elasticsearch, instead of user and password.'),
  elasticsearchCa: text()
    .optional()
    .describe(
      'PEM certificate of the authority that signed the certificate of Elasticsearch. ELASTICSEARCH_CA_FILE names its file.',
    ),
  logStream: text({ charactersMax: 100 })
    .regex(/^[a-z][a-z0-9_.-]*$/, 'must be the name of a data stream, in lower case')
    .default('logs-mainstay-default')
    .describe('Data stream that the lines go to.'),
  logShipLevel: z
    .enum(levels, { error: 'must be debug, info, warn or error' })
    .default('error')
    .describe('Least severity that is shipped. LOG_LEVEL applies first.'),
};
