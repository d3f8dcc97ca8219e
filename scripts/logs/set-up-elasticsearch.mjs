// @ts-check
import { readFile } from 'node:fs/promises';
import { ask, demand, refusal } from './log-store.mjs';

const templateName = 'logs-mainstay';
const templateFile = new URL('../../docker/elasticsearch/logs-template.json', import.meta.url);

/**
 * The index template, the data stream and its retention, made or brought up to date. Run again it changes nothing. A mapping that changed holds from the next
 * index on, so the stream is rolled over then. What a server lacks is said: before 8.11 it knows no lifecycle of data streams, and Elastic's test distribution
 * has neither that nor the calls that make a stream by its name.
 * @param {import('./log-store.mjs').Access} access
 * @param {{ stream: string, retention: string, say: (line: string) => void }} options
 * @throws {Error} that says what was asked, and what was answered
 */
export async function setUpElasticsearch(access, { stream, retention, say }) {
  const template = JSON.parse(await readFile(templateFile, 'utf8'));
  template.template.lifecycle = { data_retention: retention };
  if (!stream.startsWith('logs-mainstay-')) template.index_patterns.push(stream);
  const before = await ask(access, 'GET', `/_index_template/${templateName}`);
  await putTemplate(access, template, say);
  const after = await demand(access, 'GET', `/_index_template/${templateName}`);
  const isChanged = before.status === 200 && mappingsOf(before.body) !== mappingsOf(after);

  if (!(await isThere(access, stream))) await makeStream(access, stream, say);
  else if (isChanged) {
    await demand(access, 'POST', `/${stream}/_rollover`);
    say(`data stream ${stream}: rolled over, for its mappings have changed`);
  } else say(`data stream ${stream}: is there`);
  await setRetention(access, { stream, retention, say });
}

/**
 * @param {import('./log-store.mjs').Access} access
 * @param {any} template
 * @param {(line: string) => void} say
 */
async function putTemplate(access, template, say) {
  const path = `/_index_template/${templateName}`;
  const reply = await ask(access, 'PUT', path, { json: template });
  if (reply.status === 400 && JSON.stringify(reply.body).includes('lifecycle')) {
    delete template.template.lifecycle;
    await demand(access, 'PUT', path, { json: template });
  } else if (reply.status !== 200) throw refusal(reply, 'PUT', path);
  say(`index template ${templateName}: in place`);
}

/**
 * Asked in the one way that every server knows.
 * @param {import('./log-store.mjs').Access} access
 * @param {string} stream
 */
async function isThere(access, stream) {
  const path = `/_resolve/index/${stream}`;
  const reply = await ask(access, 'GET', path);
  if (reply.status === 404) return false;
  if (reply.status !== 200) throw refusal(reply, 'GET', path);
  if (reply.body.data_streams.length > 0) return true;
  throw new Error(`${stream} is there, and no data stream: give it another name, or the lines (LOG_STREAM)`);
}

/**
 * @param {import('./log-store.mjs').Access} access
 * @param {string} stream
 * @param {(line: string) => void} say
 */
async function makeStream(access, stream, say) {
  const path = `/_data_stream/${stream}`;
  const reply = await ask(access, 'PUT', path);
  if (isUnknownCall(reply))
    say(`data stream ${stream}: its first line will make it; this server has no call that does`);
  else if (reply.status === 200) say(`data stream ${stream}: made`);
  else throw refusal(reply, 'PUT', path);
}

/**
 * @param {import('./log-store.mjs').Access} access
 * @param {{ stream: string, retention: string, say: (line: string) => void }} options
 */
async function setRetention(access, { stream, retention, say }) {
  const path = `/_data_stream/${stream}/_lifecycle`;
  const reply = await ask(access, 'PUT', path, { json: { data_retention: retention } });
  if (isUnknownCall(reply)) say('this server knows no lifecycle of data streams: nothing is deleted by itself');
  else if (reply.status === 200) say(`lines are kept for ${retention}`);
  else throw refusal(reply, 'PUT', path);
}

/** @param {import('./log-store.mjs').Reply} reply */
function isUnknownCall({ status, body }) {
  return status === 405 || (status === 400 && JSON.stringify(body).includes('no handler found'));
}

/** @param {any} reply */
function mappingsOf(reply) {
  return JSON.stringify(reply.index_templates?.[0]?.index_template.template.mappings);
}
