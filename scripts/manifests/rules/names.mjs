// @ts-check
import { nameOf, ofKind } from '../objects.mjs';
import { tagOf } from './containers.mjs';

/** @typedef {import('../rules.mjs').Rendering} Rendering */

const clusterWide = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterPolicy',
  'ImageValidatingPolicy',
]);

/**
 * An overlay makes its namespace, restricted, and puts everything into it; its migration is named by the image's tag, and its pods carry that as their version.
 * @param {Rendering} rendering
 * @returns {string[]}
 */
export function names({ target, objects, workloads }) {
  if (target.isComponent) return [];
  const namespaces = ofKind(objects, 'Namespace');
  const [namespace] = namespaces;
  if (!namespace || namespaces.length > 1) return ['makes no namespace, or several'];
  return [
    ...namespaceProblems(namespace),
    ...objects
      .filter(({ kind, metadata }) => !clusterWide.has(kind) && metadata.namespace !== namespace.metadata.name)
      .map((object) => `${nameOf(object)}: is not in the namespace ${namespace.metadata.name}`),
    ...workloads.flatMap(versionProblems),
  ];
}

/** @param {import('../objects.mjs').KubernetesObject} namespace */
function namespaceProblems({ metadata: { name, labels = {} } }) {
  const isRestricted = labels['pod-security.kubernetes.io/enforce'] === 'restricted';
  return isRestricted ? [] : [`Namespace ${name}: enforces no restricted pods`];
}

/** @param {import('../objects.mjs').Workload} workload */
function versionProblems({ object, name, labels, pod }) {
  const tag = tagOf(pod.containers[0].image);
  const problems = [];
  const version = labels['app.kubernetes.io/version'];
  if (version !== undefined && version !== tag)
    problems.push(`its pods call themselves ${version}, and their image is ${tag}`);
  if (name === 'migrate' && object.metadata.name !== `migrate-${tag}`)
    problems.push(`must be named migrate-${tag}: a Job cannot be changed, so each release has its own`);
  return problems.map((problem) => `${nameOf(object)}: ${problem}`);
}
