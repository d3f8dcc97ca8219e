// @ts-check
import { nameOf, nodeServices, services } from '../objects.mjs';

/** @typedef {import('../rules.mjs').Rendering} Rendering */

/**
 * A service is asked by startup, readiness and liveness probes. Ours on the management port: readiness knows the stores, liveness is blind to them.
 * @param {Rendering} rendering
 * @returns {string[]}
 */
export function probes({ workloads }) {
  return workloads.flatMap(({ object, name, labels, pod }) => {
    if (labels['app.kubernetes.io/component'] === 'job') return [];
    const container = pod.containers.find((/** @type {{ name: string }} */ one) => one.name === name);
    if (!container) return [`${nameOf(object)}: has no container ${name}`];
    const kinds = ['startupProbe', 'readinessProbe', 'livenessProbe'];
    const missing = kinds.filter((kind) => !container[kind]).map((kind) => `${nameOf(object)}: has no ${kind}`);
    if (!services.includes(name)) return missing;
    return [
      ...missing,
      ...wrongPaths(nodeServices.includes(name), container).map((text) => `${nameOf(object)}: ${text}`),
    ];
  });
}

/**
 * @param {boolean} hasManagementPort
 * @param {any} container
 */
function wrongPaths(hasManagementPort, { startupProbe, readinessProbe, livenessProbe }) {
  const port = hasManagementPort ? 'management' : 'http';
  const alive = hasManagementPort ? '/livez' : '/healthz';
  return [
    ['startup', startupProbe, alive],
    ['readiness', readinessProbe, '/healthz'],
    ['liveness', livenessProbe, alive],
  ]
    .filter(([, probe, path]) => probe && (probe.httpGet?.path !== path || probe.httpGet.port !== port))
    .map(([kind, , path]) => `${kind} asks for ${path} on the port ${port}`);
}
