/**
 * npm run logs:setup: puts the index template into Elasticsearch and, where KIBANA_URL is set, the saved objects into Kibana. docs/observability.md
 *
 *   npm run logs:setup -- [--retention 30d]
 *
 * Reads ELASTICSEARCH_URL, ELASTICSEARCH_API_KEY (or ELASTICSEARCH_USER and ELASTICSEARCH_PASSWORD), LOG_STREAM, KIBANA_URL and KIBANA_SPACE from the
 * environment or `.env`.
 */
import { parseArgs } from 'node:util';
import { setUpElasticsearch, setUpKibana } from '../logs/set-up-log-store.ts';
import { readSettings } from '../settings.ts';
import { Refusal, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { values } = parseArgs({ options: { retention: { type: 'string', default: '30d' } } });
  const { find } = readSettings();
  const url = find('ELASTICSEARCH_URL');
  if (!url) throw new Refusal('Set ELASTICSEARCH_URL.');
  const [apiKey, user] = [find('ELASTICSEARCH_API_KEY'), find('ELASTICSEARCH_USER')];
  const basic = Buffer.from(`${user}:${find('ELASTICSEARCH_PASSWORD')}`).toString('base64');
  const authorization = apiKey ? `ApiKey ${apiKey}` : user ? `Basic ${basic}` : undefined;
  const say = (line: string) => console.log(line);
  const stream = find('LOG_STREAM') ?? 'logs-mainstay-default';
  try {
    await setUpElasticsearch({ url, authorization }, { stream, retention: values.retention, say });
    const [kibana, space] = [find('KIBANA_URL'), find('KIBANA_SPACE')];
    if (kibana) await setUpKibana({ url: space ? `${kibana}/s/${space}` : kibana, authorization }, { say });
  } catch (error) {
    throw new Refusal((error as Error).message, { cause: error });
  }
});
