// @ts-check
/** Against servers that answer as real ones were seen to: Elasticsearch 8.19, one before 8.11, and Elastic's test distribution, which lacks more. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { checkSavedObjects } from './check-saved-objects.mjs';
import { readKuery } from './kuery.mjs';
import { readSavedObjects } from './saved-objects.mjs';
import { setUpElasticsearch } from './set-up-elasticsearch.mjs';

/** @typedef {{ status?: number, body?: unknown }} Answer */
const stream = 'logs-mainstay-default';
const unknown = { status: 400, body: { error: 'no handler found for uri' } };
const wrongMethod = { status: 405, body: { error: 'Incorrect HTTP method' } };
/** @type {import('node:http').Server[]} */
const servers = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/**
 * @param {Record<string, (body: any) => Answer>} calls by method and path; what is not there is answered 404
 * @returns {Promise<{ access: { url: string }, asked: string[] }>}
 */
async function openStore(calls) {
  /** @type {string[]} */
  const asked = [];
  const server = createServer(async (req, res) => {
    const call = `${req.method} ${req.url?.split('?')[0]}`;
    const sent = await text(req);
    asked.push(call);
    const { status = 200, body = {} } = calls[call]?.(sent === '' ? undefined : JSON.parse(sent)) ?? { status: 404 };
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { access: { url: `http://127.0.0.1:${port}` }, asked };
}

/** A store that remembers its template and its stream. @param {Record<string, () => Answer>} lacks */
function store(lacks = {}) {
  /** @type {any} */
  let template;
  let isMade = false;
  return openStore({
    'PUT /_index_template/logs-mainstay': (body) => {
      template = body;
      return {};
    },
    'GET /_index_template/logs-mainstay': () =>
      template ? { body: { index_templates: [{ index_template: template }] } } : { status: 404 },
    [`GET /_resolve/index/${stream}`]: () =>
      isMade ? { body: { data_streams: [{ name: stream }] } } : { status: 404 },
    [`PUT /_data_stream/${stream}`]: () => {
      isMade = true;
      return {};
    },
    [`PUT /_data_stream/${stream}/_lifecycle`]: () => ({}),
    [`POST /${stream}/_rollover`]: () => ({}),
    ...lacks,
  });
}

/** @param {{ url: string }} access */
async function setUp(access) {
  /** @type {string[]} */
  const said = [];
  await setUpElasticsearch(access, { stream, retention: '7d', say: (line) => said.push(line) });
  return said;
}

describe('logs:setup', () => {
  it('makes template, stream and retention, and changes nothing the second time', async () => {
    const { access, asked } = await store();
    expect(await setUp(access)).toEqual([
      'index template logs-mainstay: in place',
      `data stream ${stream}: made`,
      'lines are kept for 7d',
    ]);
    asked.length = 0;
    expect(await setUp(access)).toContain(`data stream ${stream}: is there`);
    expect(asked).not.toContain(`PUT /_data_stream/${stream}`);
    expect(asked).not.toContain(`POST /${stream}/_rollover`);
  });

  it('rolls the stream over when the mappings were others', async () => {
    const { access, asked } = await store();
    await setUp(access);
    const index_patterns = ['logs-mainstay-*'];
    const former = { index_patterns, template: { mappings: { properties: {} } } };
    await fetch(`${access.url}/_index_template/logs-mainstay`, { method: 'PUT', body: JSON.stringify(former) });
    await setUp(access);
    expect(asked).toContain(`POST /${stream}/_rollover`);
  });

  it('says what a server does not know, and does the rest', async () => {
    const before811 = await store({ [`PUT /_data_stream/${stream}/_lifecycle`]: () => unknown });
    expect(await setUp(before811.access)).toContain(
      'this server knows no lifecycle of data streams: nothing is deleted by itself',
    );
    const lacking = await store({
      [`PUT /_data_stream/${stream}`]: () => wrongMethod,
      [`PUT /_data_stream/${stream}/_lifecycle`]: () => unknown,
    });
    expect(await setUp(lacking.access)).toContain(
      `data stream ${stream}: its first line will make it; this server has no call that does`,
    );
  });

  it.each([
    ['may not', { status: 403, body: { error: { reason: 'unauthorized for API key' } } }],
    ['finds an index where the stream should be', { body: { data_streams: [], indices: [{ name: stream }] } }],
  ])('fails where it %s', async (_what, answer) => {
    const { access } = await store({ [`GET /_resolve/index/${stream}`]: () => answer });
    await expect(setUp(access)).rejects.toThrow(/unauthorized|no data stream/);
  });
});

describe('logs:check', () => {
  const pattern = 'logs-mainstay-*';
  const found = (/** @type {number} */ value) => ({
    body: { hits: { total: { value }, hits: [] }, aggregations: { 2: { buckets: [{}] }, 3: { buckets: [{}] } } },
  });
  const caps = (/** @type {string[]} */ fields) => ({
    body: {
      fields: Object.fromEntries(
        fields.map((field) => [
          field,
          { [field === '@timestamp' ? 'date' : 'keyword']: { searchable: true, aggregatable: true } },
        ]),
      ),
    },
  });
  const named = async () => {
    const objects = await readSavedObjects();
    return [...new Set(objects.flatMap((one) => [one.timeField, ...one.searched, ...one.shown, ...one.aggregated]))];
  };
  /** @param {string[]} fields @param {number} lines */
  async function check(fields, lines) {
    const { access } = await openStore({
      [`GET /${pattern}/_field_caps`]: () => caps(fields),
      [`POST /${pattern}/_search`]: () => found(lines),
    });
    return checkSavedObjects(access, await readSavedObjects(), { hours: 1 });
  }

  it('passes where every field is mapped and every query finds something', async () => {
    const rows = await check(await named(), 3);
    expect(rows.map(({ title, problems }) => [title, problems])).toEqual([
      ['Mainstay: errors', []],
      ["Mainstay: one request's whole story", []],
      ['Mainstay: errors by service', []],
    ]);
  });

  it('names a field that is not mapped, and a query that finds nothing', async () => {
    const fields = (await named()).filter((field) => field !== 'error.message');
    expect((await check(fields, 3))[0]?.problems).toEqual(['error.message is not mapped']);
    expect((await check(await named(), 0))[0]?.problems).toEqual(['finds nothing']);
  });

  it('asks what Kibana would, and refuses to guess what it does not know', () => {
    expect(readKuery('level : "error" and requestId : *')).toEqual({
      fields: ['level', 'requestId'],
      query: { bool: { filter: [{ match_phrase: { level: 'error' } }, { exists: { field: 'requestId' } }] } },
    });
    expect(readKuery('')).toEqual({ fields: [], query: { bool: { filter: [] } } });
    expect(() => readKuery('level : error or status >= 500')).toThrow('does not understand');
  });
});
