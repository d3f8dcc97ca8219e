// @ts-check
/** Takes the schemas of what manifests use from the API server of the current cluster, where the foreign kinds must be installed. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubectl } from './kubectl.mjs';
import { definitionOf, fileOf, schemaFolder } from './schemas.mjs';

/** @typedef {import('./objects.mjs').KubernetesObject} KubernetesObject */
/** @typedef {Record<string, any>} Schema */

const prefix = '#/components/schemas/';

/**
 * What the cluster does not know keeps the schema that is there.
 * @param {KubernetesObject[]} objects
 * @returns {Promise<string[]>} kinds that the cluster does not know
 */
export async function writeSchemas(objects) {
  /** @type {Map<string, { apiVersion: string, kind: string }>} */
  const kinds = new Map(
    objects.map(({ apiVersion, kind }) => [definitionOf({ apiVersion, kind }), { apiVersion, kind }]),
  );
  /** @type {Record<string, Record<string, Schema>>} */
  const files = {};
  const unknown = [];
  for (const [definition, { apiVersion, kind }] of [...kinds].sort()) {
    const found = await findSchema(apiVersion, kind);
    if (!found) {
      unknown.push(definition);
      continue;
    }
    const definitions = (files[fileOf(apiVersion)] ??= {});
    definitions[definition] = { $ref: `#/$defs/${found.name}` };
    for (const [name, schema] of reachable(found.schemas, found.name)) definitions[name] = strict(schema);
  }
  await mkdir(schemaFolder, { recursive: true });
  for (const [file, definitions] of Object.entries(files)) await write(file, definitions);
  return unknown;
}

/**
 * @param {string} apiVersion
 * @param {string} kind
 * @returns {Promise<{ name: string, schemas: Record<string, Schema> } | undefined>}
 */
async function findSchema(apiVersion, kind) {
  const path = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
  const text = await kubectl(['get', '--raw', `/openapi/v3/${path}`]).catch(() => undefined);
  if (!text) return undefined;
  /** @type {Record<string, Schema>} */
  const schemas = JSON.parse(text).components.schemas;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const name = Object.keys(schemas).find((key) =>
    schemas[key]?.['x-kubernetes-group-version-kind']?.some(
      (/** @type {{ group: string, version: string, kind: string }} */ one) =>
        one.group === group && one.version === version && one.kind === kind,
    ),
  );
  return name ? { name, schemas } : undefined;
}

/**
 * @param {Record<string, Schema>} schemas
 * @param {string} first
 * @returns {Map<string, Schema>}
 */
function reachable(schemas, first) {
  const found = new Map();
  const waiting = [first];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const schema = schemas[name];
    if (found.has(name) || !schema) continue;
    found.set(name, schema);
    for (const [, other] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      waiting.push(other ?? '');
  }
  return found;
}

/**
 * Without prose, and closed: where properties are named, no other may be there, unless the kind keeps what it does not know.
 * @param {Schema} schema
 * @returns {Schema}
 */
function strict(schema) {
  if (schema['x-kubernetes-int-or-string']) return { type: ['integer', 'string'] };
  /** @type {Schema} */
  const kept = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') kept[key] = mapValues(value, strict);
    else if (key === '$ref') kept[key] = `#/$defs/${value.slice(prefix.length)}`;
    else if (['items', 'additionalProperties', 'not'].includes(key))
      kept[key] = isSchema(value) ? strict(value) : value;
    else if (['allOf', 'anyOf', 'oneOf'].includes(key)) kept[key] = value.map(strict);
    else if (key === 'pattern' && !isPattern(value)) continue;
    else if (!/^(description|default|format|example|externalDocs|title|x-kubernetes-.*)$/.test(key)) kept[key] = value;
  }
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] || schema['x-kubernetes-embedded-resource'];
  if (kept.properties && kept.type === 'object' && !isOpen) kept.additionalProperties ??= false;
  return kept;
}

/**
 * Go's expressions are not all JavaScript's.
 * @param {string} text
 */
function isPattern(text) {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

/** @param {unknown} value */
function isSchema(value) {
  return typeof value === 'object' && value !== null;
}

/**
 * @param {Record<string, Schema>} record
 * @param {(schema: Schema) => Schema} change
 */
function mapValues(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/**
 * A definition a line, so that a new version of a kind is a change that can be read.
 * @param {string} file
 * @param {Record<string, Schema>} definitions
 */
async function write(file, definitions) {
  const path = join(schemaFolder, file);
  const kept = JSON.parse(await readFile(path, 'utf8').catch(() => '{}')).$defs ?? {};
  const all = Object.entries({ ...kept, ...definitions }).sort(([one], [other]) => (one < other ? -1 : 1));
  const lines = all.map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`);
  await writeFile(path, `{"$defs":{\n${lines.join(',\n')}\n}}\n`);
}
