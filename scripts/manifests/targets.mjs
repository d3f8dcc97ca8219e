// @ts-check
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parse } from 'yaml';
import { root } from '../../platform/src/root.ts';

/**
 * @typedef {object} Target something to render
 * @property {string} name as `overlays/local` or `components/vault`
 * @property {string} folder
 * @property {boolean} isComponent then it is rendered on a small overlay of the base and nothing else
 * @property {string[]} switchedOn names of the components that are part of it, itself included
 */

const k8s = join(root, 'k8s');

/**
 * Every overlay and every component, by their kustomization.yaml.
 * @returns {Promise<Target[]>}
 */
export async function findTargets() {
  const files = await readdir(k8s, { recursive: true });
  const folders = files.filter((file) => file.endsWith('kustomization.yaml')).map((file) => dirname(join(k8s, file)));
  const targets = await Promise.all(
    folders.map(async (folder) => {
      const { kind, components = [] } = parse(await readFile(join(folder, 'kustomization.yaml'), 'utf8'));
      const name = relative(k8s, folder);
      const isComponent = kind === 'Component';
      const parts = components.map((/** @type {string} */ path) => componentName(join(folder, path)));
      return { name, folder, isComponent, switchedOn: isComponent ? [componentName(folder), ...parts] : parts };
    }),
  );
  return targets
    .filter(({ name, isComponent }) => isComponent || name.startsWith('overlays/'))
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** @param {string} folder */
function componentName(folder) {
  return relative(join(k8s, 'components'), folder);
}
