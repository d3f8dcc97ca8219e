// @ts-check
import { readFile } from 'node:fs/promises';
import { ask, demand } from './log-store.mjs';

const templateName = 'logs-mainstay';
const templateFile = new URL('../../docker/elasticsearch/logs-template.json', import.meta.url);

/**
 * The index template, the data stream and its retention, made or brought up to date. Run again it changes nothing. A mapping that changed holds from the next
 * index on, so the stream is rolled over then.
 * @param {import('./log-store.mjs').Access} access
 * @param {{ stream: string, retention: string, say: (line: string) => void }} options
 */
export async function setUpElasticsearch(access, { stream, retention, say }) {
  const template = JSON.parse(await readFile(templateFile, 'utf8'));
  template.template.lifecycle = { data_retention: retention };
  if (!stream.startsWith('logs-mainstay-')) template.index_patterns.push(stream);
  const before = await ask(access, 'GET', `/_index_template/${templateName}`);
  const knowsLifecycle = await putTemplate(access, template, say);
  const after = await demand(access, 'GET', `/_index_template/${templateName}`);

  const found = await ask(access, 'GET', `/_data_stream/${stream}`);
  if (found.status === 404) {
    await demand(access, 'PUT', `/_data_stream/${stream}`);
    say(`data stream ${stream}: made`);
  } else if (before.status === 200 && mappingsOf(before.body) !== mappingsOf(after)) {
    await demand(access, 'POST', `/${stream}/_rollover`);
    say(`data stream ${stream}: rolled over, for its mappings have changed`);
  } else say(`data stream ${stream}: is there`);
  if (!knowsLifecycle) return;
  await demand(access, 'PUT', `/_data_stream/${stream}/_lifecycle`, { json: { data_retention: retention } });
  say(`lines are kept for ${retention}`);
}

/**
 * @param {import('./log-store.mjs').Access} access
 * @param {any} template
 * @param {(line: string) => void} say
 */
async function putTemplate(access, template, say) {
  const reply = await ask(access, 'PUT', `/_index_template/${templateName}`, { json: template });
  const knowsLifecycle = !(reply.status === 400 && JSON.stringify(reply.body).includes('lifecycle'));
  if (knowsLifecycle) {
    if (reply.status !== 200)
      throw new Error(`the template was refused with ${reply.status}: ${JSON.stringify(reply.body)}`);
  } else {
    // Before Elasticsearch 8.11.
    delete template.template.lifecycle;
    await demand(access, 'PUT', `/_index_template/${templateName}`, { json: template });
    say('this server knows no lifecycle of data streams: nothing is deleted by itself');
  }
  say(`index template ${templateName}: in place`);
  return knowsLifecycle;
}

/** @param {any} reply */
function mappingsOf(reply) {
  return JSON.stringify(reply.index_templates?.[0]?.index_template.template.mappings);
}
