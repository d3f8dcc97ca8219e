// @ts-check
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from '../../platform/src/root.ts';
import { kubectl } from './kubectl.mjs';

/** @typedef {import('./objects.mjs').KubernetesObject} KubernetesObject */
/** @typedef {import('./targets.mjs').Target} Target */

/**
 * What `kubectl apply -k` would send.
 * @param {Target} target
 * @returns {Promise<KubernetesObject[]>}
 * @throws Error with kustomize's complaint
 */
export async function render({ folder, isComponent }) {
  const text = isComponent ? await renderOnBase(folder) : await kubectl(['kustomize', folder]);
  return parseObjects(text);
}

/**
 * Reads YAML as Kubernetes does, which is YAML 1.1.
 * @param {string} text
 * @returns {KubernetesObject[]}
 * @throws Error where it is none
 */
export function parseObjects(text) {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS();
  });
}

/**
 * kustomize takes no absolute path, but any way up and down.
 * @param {string} component
 */
async function renderOnBase(component) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'mainstay-manifests-')));
  const to = (/** @type {string} */ place) => JSON.stringify(relative(folder, place));
  try {
    await writeFile(
      join(folder, 'kustomization.yaml'),
      [
        'apiVersion: kustomize.config.k8s.io/v1beta1',
        'kind: Kustomization',
        'namespace: mainstay',
        `resources: [${to(join(root, 'k8s/base'))}]`,
        `components: [${to(component)}]`,
      ].join('\n'),
    );
    return await kubectl(['kustomize', folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
