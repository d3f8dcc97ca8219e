// @ts-check
import { demand } from './log-store.mjs';

/** Far more than a request writes. */
const linesMax = 1_000;

/**
 * All lines of one request, in order, as the saved search finds them once its star is replaced by an id.
 * @param {import('./log-store.mjs').Access} access
 * @param {import('./saved-objects.mjs').SavedObject[]} objects
 * @param {{ requestId?: string | undefined, hours: number }} options without an id, the request that most services told something of
 * @throws {Error} where there is none
 */
export async function tellStory(access, objects, { requestId, hours }) {
  const story = objects.find(({ id }) => id === 'mainstay-request');
  if (!story) throw new Error('there is no search for one request');
  const { pattern, sort } = story;
  const id = requestId ?? (await busiestRequest(access, story, hours));
  const { hits } = await demand(access, 'POST', `/${pattern}/_search`, {
    json: {
      query: { bool: { filter: [{ match_phrase: { requestId: id } }] } },
      sort: sort.map(([field, order]) => ({ [field]: { order } })),
      size: linesMax,
    },
  });
  if (hits.hits.length === 0) throw new Error(`no line has the request id ${id}`);
  return [`request ${id}:`, ...hits.hits.map((/** @type {any} */ hit) => lineOf(hit._source))];
}

/** @param {import('./log-store.mjs').Access} access @param {import('./saved-objects.mjs').SavedObject} story @param {number} hours */
async function busiestRequest(access, { pattern, timeField }, hours) {
  const { aggregations } = await demand(access, 'POST', `/${pattern}/_search`, {
    json: {
      size: 0,
      query: { range: { [timeField]: { gte: `now-${hours}h` } } },
      aggs: {
        requests: {
          terms: { field: 'requestId', size: 1, order: { services: 'desc' } },
          aggs: { services: { cardinality: { field: 'service' } } },
        },
      },
    },
  });
  const [first] = aggregations.requests.buckets;
  if (!first) throw new Error('no line has a request id');
  return first.key;
}

/** @param {any} line */
function lineOf(line) {
  const { '@timestamp': time, service, level, message, status, durationMs, traceId } = line;
  const told = [
    status,
    durationMs === undefined ? undefined : `${durationMs} ms`,
    line.error?.message,
    line.error?.causes,
  ];
  return [time, service.padEnd(8), level.padEnd(5), message, ...told, `trace ${traceId}`]
    .filter((part) => part !== undefined)
    .join('  ');
}
