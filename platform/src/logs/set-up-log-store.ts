import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../root.ts';
import { ask, demand, type Access } from './log-store.ts';

const TEMPLATE = '/_index_template/logs-mainstay';

interface Template {
  index_patterns: string[];
  template: { lifecycle?: { data_retention: string } };
}

/**
 * Installs the index template. The first line makes the data stream; an existing stream is rolled over, so that the
 * mappings apply from now on.
 * @param options retention: as `30d`. say: prints a line
 * @throws Error that names the request and the reply
 */
export async function setUpElasticsearch(
  access: Access,
  { stream, retention, say }: { stream: string; retention: string; say: (line: string) => void },
): Promise<void> {
  const file = join(root, 'docker/elasticsearch/logs-template.json');
  const template = JSON.parse(await readFile(file, 'utf8')) as Template;
  template.template.lifecycle = { data_retention: retention };
  if (!stream.startsWith('logs-mainstay-')) template.index_patterns.push(stream);
  const reply = await ask(access, 'PUT', TEMPLATE, { json: template });
  const knowsNoLifecycle = reply.status === 400 && JSON.stringify(reply.body).includes('lifecycle');
  if (knowsNoLifecycle) delete template.template.lifecycle;
  await demand(access, 'PUT', TEMPLATE, { json: template });
  say(`Index template logs-mainstay: in place`);
  say(
    knowsNoLifecycle
      ? 'This server does not support the lifecycle of data streams, so it deletes no lines'
      : `Lines are kept for ${retention}`,
  );
  const rolled = await ask(access, 'POST', `/${stream}/_rollover`);
  if (rolled.status === 404) return say(`Data stream ${stream}: the first line will create it`);
  if (rolled.status !== 200) throw new Error(`${stream} cannot be rolled over: ${JSON.stringify(rolled.body)}`);
  say(`Data stream ${stream}: rolled over`);
}

/** Imports the data view, the searches and the dashboard of docker/kibana, and replaces earlier ones. */
export async function setUpKibana(access: Access, { say }: { say: (line: string) => void }): Promise<void> {
  const form = new FormData();
  form.set('file', new Blob([await readFile(join(root, 'docker/kibana/mainstay.ndjson'))]), 'mainstay.ndjson');
  const reply = (await demand(access, 'POST', '/api/saved_objects/_import?overwrite=true', { form })) as {
    success: boolean;
    successCount: number;
    errors?: unknown;
  };
  if (!reply.success) throw new Error(`Kibana refused some objects: ${JSON.stringify(reply.errors)}`);
  say(`Kibana: ${reply.successCount} objects imported`);
}
