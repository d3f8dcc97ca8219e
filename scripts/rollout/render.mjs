// @ts-check
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { Refusal } from '../../platform/src/terminal.ts';
import { kubectl } from './kubectl.mjs';

/** @typedef {import('./kubectl.mjs').KubeObject} KubeObject */

/**
 * What an overlay stands for, as objects.
 * @param {string} overlay a folder
 * @param {{ namespace?: string | undefined }} [options] instead of the overlay's own
 * @returns {Promise<{ namespace: string, objects: KubeObject[] }>}
 * @throws Refusal with kustomize's own words, or where the objects are not all in one namespace
 */
export async function render(overlay, { namespace } = {}) {
  const place = namespace ? await wrap(overlay, namespace) : overlay;
  try {
    const text = await kubectl(['kustomize', place]).catch((error) => {
      throw new Refusal(`${error.output?.trim() ?? error.message}\n\n${overlay} cannot be rendered.`);
    });
    const objects = readObjects(text);
    return { namespace: namespaceOf(objects, overlay), objects };
  } finally {
    if (place !== overlay) await rm(place, { recursive: true });
  }
}

/** @param {string} text @returns {KubeObject[]} */
export function readObjects(text) {
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter(Boolean);
}

/** A kustomization on top of the overlay, so that kustomize itself moves everything that names the namespace. @param {string} overlay @param {string} namespace */
async function wrap(overlay, namespace) {
  const place = await mkdtemp(join(realpathSync(tmpdir()), 'mainstay-rollout-'));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources: [relative(place, realpathSync(overlay))],
  };
  await writeFile(join(place, 'kustomization.yaml'), JSON.stringify(kustomization));
  return place;
}

/** @param {KubeObject[]} objects @param {string} overlay */
function namespaceOf(objects, overlay) {
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  const [namespace, ...more] = names;
  if (namespace && more.length === 0) return namespace;
  throw new Refusal(`${overlay} must put everything into one namespace, but has ${[...names].join(', ') || 'none'}.`);
}
