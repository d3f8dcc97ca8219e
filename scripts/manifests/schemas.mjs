// @ts-check
/** The schemas of every kind that the manifests use, as an API server gave them (write-schemas.mjs), and strict: a field that no kind knows is an error. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { nameOf } from './objects.mjs';

/** @typedef {import('./objects.mjs').KubernetesObject} KubernetesObject */

export const schemaFolder = join(import.meta.dirname, 'schemas');

/**
 * @returns {Promise<(object: KubernetesObject) => string[]>} what is wrong with an object, one sentence each
 */
export async function loadSchemas() {
  // Formats of OpenAPI are sizes of numbers, mostly; and patterns are Go's.
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false, unicodeRegExp: false, logger: false });
  for (const file of await readdir(schemaFolder)) {
    if (!file.endsWith('.json')) continue;
    ajv.addSchema(JSON.parse(await readFile(join(schemaFolder, file), 'utf8')), file);
  }
  return (object) => {
    const reference = referenceTo(object);
    let validate;
    try {
      validate = ajv.getSchema(reference);
    } catch {
      validate = undefined;
    }
    if (!validate) {
      return [
        `${nameOf(object)}: no schema of ${object.apiVersion} is kept; with its kind installed in a cluster: npm run manifests -- --write-schemas`,
      ];
    }
    if (validate(object)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${nameOf(object)}: ${instancePath || '/'} ${message}${params.additionalProperty ? `: ${params.additionalProperty}` : ''}`,
    );
  };
}

/** @param {{ apiVersion: string, kind: string }} object */
export function referenceTo({ apiVersion, kind }) {
  return `${fileOf(apiVersion)}#/$defs/${definitionOf({ apiVersion, kind })}`;
}

/**
 * Kubernetes' own kinds share definitions and one file; a foreign group has a file of its own.
 * @param {string} apiVersion
 */
export function fileOf(apiVersion) {
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  return !group.includes('.') || (/\.k8s\.io$/.test(group) && !foreign.has(group))
    ? 'kubernetes.json'
    : `${group}.json`;
}

const foreign = new Set(['gateway.networking.k8s.io', 'secrets-store.csi.x-k8s.io']);

/** @param {{ apiVersion: string, kind: string }} object */
export function definitionOf({ apiVersion, kind }) {
  return `${apiVersion.replace('/', '.')}.${kind}`;
}
