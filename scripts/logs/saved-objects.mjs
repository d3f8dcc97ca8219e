// @ts-check
import { readFile } from 'node:fs/promises';
import { readKuery } from './kuery.mjs';

const objectsFile = new URL('../../docker/kibana/mainstay.ndjson', import.meta.url);

/**
 * @typedef {object} SavedObject one that asks the store for something
 * @property {string} id
 * @property {string} title
 * @property {string} pattern of the indices that it looks into
 * @property {string} timeField
 * @property {object} query
 * @property {string[]} searched fields that it filters by
 * @property {string[]} shown as columns
 * @property {string[]} aggregated sorted or grouped by
 * @property {[string, 'asc' | 'desc'][]} sort
 * @property {Record<string, object>} groups
 */

/**
 * The searches and visualizations of docker/kibana, each with the data view that it is based on.
 * @returns {Promise<SavedObject[]>}
 * @throws {Error} where one refers to another that is not there, or asks in a way that is not known here
 */
export async function readSavedObjects() {
  const lines = (await readFile(objectsFile, 'utf8')).trimEnd().split('\n');
  const all = lines.map((line) => JSON.parse(line));
  for (const { attributes, references } of all) {
    for (const { id, type } of references) {
      if (!all.some((other) => other.id === id && other.type === type))
        throw new Error(`${attributes.title} refers to ${type} ${id}, which is not in the file`);
    }
  }
  return all.filter(({ type }) => ['search', 'visualization'].includes(type)).map((object) => readOne(object, all));
}

/** @param {any} object @param {any[]} all @returns {SavedObject} */
function readOne({ id, attributes, references }, all) {
  const source = JSON.parse(attributes.kibanaSavedObjectMeta.searchSourceJSON);
  const { id: viewId } = references.find((/** @type {any} */ { name }) => name === source.indexRefName);
  const view = all.find((other) => other.id === viewId).attributes;
  if (source.query.language !== 'kuery' || source.filter.length > 0)
    throw new Error(`${attributes.title} asks in a way that this check does not know`);
  const { fields, query } = readKuery(source.query.query);
  const { sort = [], columns = [] } = attributes;
  const groups = groupsOf(JSON.parse(attributes.visState ?? '{"aggs":[]}').aggs);
  return {
    id,
    title: attributes.title,
    pattern: view.title,
    timeField: view.timeFieldName,
    query,
    searched: fields,
    shown: columns,
    aggregated: [
      ...sort.map((/** @type {SavedObject['sort'][number]} */ [field]) => field),
      ...Object.values(groups).map((group) => group.field),
    ],
    sort,
    groups: Object.fromEntries(Object.entries(groups).map(([name, { type, field }]) => [name, queryOf(type, field)])),
  };
}

/** @param {any[]} aggs @returns {Record<string, { type: string, field: string }>} */
function groupsOf(aggs) {
  const grouping = aggs.filter(({ schema }) => schema !== 'metric');
  return Object.fromEntries(grouping.map(({ id, type, params }) => [id, { type, field: params.field }]));
}

/** @param {string} type @param {string} field */
function queryOf(type, field) {
  if (type === 'date_histogram') return { date_histogram: { field, fixed_interval: '30s', min_doc_count: 1 } };
  if (type === 'terms') return { terms: { field, size: 10 } };
  throw new Error(`this check does not know how to group by ${type}`);
}
