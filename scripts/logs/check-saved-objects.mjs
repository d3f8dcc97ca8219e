// @ts-check
import { demand } from './log-store.mjs';

/** @typedef {import('./saved-objects.mjs').SavedObject} SavedObject */

/**
 * Runs each object's query against the store: as many lines as it finds, and whatever is wrong with it. A field that it names must be mapped in the way in which
 * it is used, no query and no group may be empty.
 * @param {import('./log-store.mjs').Access} access
 * @param {SavedObject[]} objects
 * @param {{ hours: number }} options lines of the last so many
 */
export async function checkSavedObjects(access, objects, { hours }) {
  const rows = [];
  for (const object of objects) {
    const wrongFields = await findWrongFields(access, object);
    const found = wrongFields.length > 0 ? undefined : await search(access, object, hours);
    rows.push({
      title: object.title,
      lines: found?.hits.total.value ?? 0,
      groups: found === undefined ? '' : sizesOf(found.aggregations).join(' × '),
      'columns never filled': found === undefined ? '' : emptyColumns(object, found).join(),
      problems: [...wrongFields, ...(found === undefined ? [] : findEmptiness(found))],
    });
  }
  return rows;
}

/** @param {import('./log-store.mjs').Access} access @param {SavedObject} object */
async function findWrongFields(access, { pattern, timeField, searched, shown, aggregated }) {
  const named = [...new Set([timeField, ...searched, ...shown, ...aggregated])];
  const { fields } = await demand(access, 'GET', `/${pattern}/_field_caps?fields=${named.join()}`);
  /** @param {string} field @param {'searchable' | 'aggregatable'} [use] */
  const can = (field, use) => {
    const types = Object.values(fields[field] ?? {});
    return types.length > 0 && (use === undefined || types.every((type) => type[use] === true));
  };
  return [
    ...named.filter((field) => !can(field)).map((field) => `${field} is not mapped`),
    ...searched
      .filter((field) => can(field) && !can(field, 'searchable'))
      .map((field) => `${field} cannot be searched`),
    ...aggregated
      .filter((field) => can(field) && !can(field, 'aggregatable'))
      .map((field) => `${field} can be neither sorted nor grouped by`),
    ...(fields[timeField]?.date ? [] : [`${timeField} is no date`]),
  ];
}

/** @param {import('./log-store.mjs').Access} access @param {SavedObject} object @param {number} hours */
function search(access, { pattern, timeField, query, sort, groups, shown }, hours) {
  const json = {
    query: { bool: { filter: [query, { range: { [timeField]: { gte: `now-${hours}h` } } }] } },
    sort: sort.map(([field, order]) => ({ [field]: { order } })),
    size: 500,
    track_total_hits: true,
    _source: false,
    fields: shown,
    aggs: groups,
  };
  return demand(access, 'POST', `/${pattern}/_search`, { json });
}

/** @param {any} found */
function findEmptiness({ hits, aggregations = {} }) {
  if (hits.total.value === 0) return ['finds nothing'];
  const empty = Object.entries(aggregations).filter(([, { buckets }]) => buckets.length === 0);
  return empty.map(([name]) => `group ${name} is empty`);
}

/** @param {any} aggregations @returns {number[]} */
function sizesOf(aggregations = {}) {
  return Object.values(aggregations).map(({ buckets }) => buckets.length);
}

/** @param {SavedObject} object @param {any} found */
function emptyColumns({ shown }, { hits }) {
  return shown.filter((field) => !hits.hits.some((/** @type {any} */ hit) => hit.fields?.[field] !== undefined));
}
