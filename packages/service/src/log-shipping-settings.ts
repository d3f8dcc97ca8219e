import { secret, text, url } from '@mainstay/config';
import { z } from 'zod';

const levels = ['debug', 'info', 'warn', 'error'] as const;

/** Where log lines go besides stdout; what each service and `npm run logs:setup` read. */
export const logShippingSettings = {
  elasticsearchUrl: url().optional().describe('Elasticsearch that log lines are shipped to; none are without.'),
  elasticsearchUser: text().optional().describe('Its user, with a password.'),
  elasticsearchPassword: secret().optional().describe('The password of that user.'),
  elasticsearchApiKey: secret().optional().describe('Instead of user and password: an API key, encoded.'),
  elasticsearchCa: text()
    .optional()
    .describe('Certificate of the authority that signed its own, as PEM: ELASTICSEARCH_CA_FILE names the file.'),
  logStream: text({ charactersMax: 100 })
    .regex(/^[a-z][a-z0-9_.-]*$/, 'must be the name of a data stream, in lower case')
    .default('logs-mainstay-default')
    .describe('Data stream that the lines go to.'),
  logShipLevel: z
    .enum(levels, { error: 'must be debug, info, warn or error' })
    .default('error')
    .describe('Least severity that is shipped; never more than LOG_LEVEL lets through.'),
};
