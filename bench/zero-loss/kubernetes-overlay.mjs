// @ts-check
import { mkdir, writeFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../../platform/src/root.ts';

/** So many pods of each service, whatever the load: what is looked for is lost requests, not scaling. */
const PODS = 2;

/**
 * @typedef {object} OverlayOptions
 * @property {string} namespace
 * @property {number} nodePort of the gateway
 * @property {Record<string, string>} environment of the gateway
 * @property {string} [mongoUrl] where MongoDB knows no log-in
 * @property {number} [gateways] pods of the gateway
 * @property {string[]} [components] folders
 * @property {object[]} [patches]
 */

/**
 * overlays/local, with a namespace, ports and limits of its own.
 * @param {string} place a folder to make
 * @param {OverlayOptions} options
 * @returns {Promise<string>} the folder
 */
export async function makeOverlay(
  place,
  { namespace, nodePort, environment, mongoUrl, gateways = PODS, components = [], patches = [] },
) {
  await mkdir(place, { recursive: true });
  const from = realpathSync(place);
  /** @param {string} path */
  const link = (path) => relative(from, realpathSync(path));
  /** @param {string} kind @param {string} name @param {[string, unknown][]} values */
  const patch = (kind, name, values) => ({
    target: { kind, name },
    patch: JSON.stringify(values.map(([path, value]) => ({ op: 'add', path, value }))),
  });
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources: [link(join(root, 'k8s/overlays/local'))],
    components: components.map(link),
    patches: [
      patch('Service', 'gateway', [['/spec/ports/0/nodePort', nodePort]]),
      ...['accounts', 'activity', 'web'].map((name) => patch('HorizontalPodAutoscaler', name, podsOf(PODS))),
      patch('HorizontalPodAutoscaler', 'gateway', podsOf(gateways)),
      // A small machine holds two of everything, beside what else it runs.
      patch('Deployment', '(gateway|accounts|activity|web)', [
        ['/spec/template/spec/containers/0/resources/requests/cpu', '20m'],
      ]),
      ...patches,
    ],
    configMapGenerator: [
      { name: 'gateway-settings', behavior: 'merge', literals: literalsOf(environment) },
      ...(mongoUrl
        ? [{ name: 'activity-settings', behavior: 'merge', literals: [`ACTIVITY_MONGO_URL=${mongoUrl}`] }]
        : []),
    ],
  };
  await writeFile(join(place, 'kustomization.yaml'), JSON.stringify(kustomization, null, 2));
  return place;
}

/** @param {number} count @returns {[string, unknown][]} */
function podsOf(count) {
  return [
    ['/spec/minReplicas', count],
    ['/spec/maxReplicas', count],
  ];
}

/** @param {Record<string, string>} environment */
function literalsOf(environment) {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}
