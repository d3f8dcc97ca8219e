// @ts-check
import { nameOf, nodeServices, ofKind } from '../objects.mjs';

/** @typedef {import('../rules.mjs').Rendering} Rendering */

/**
 * Every setting that a pod gets is one that its program knows, with a value that it takes: it would start. ConfigMaps are named by their content, so that a
 * change of one rolls the pods.
 * @param {Rendering} rendering
 * @returns {string[]}
 */
export function settings({ objects, workloads, configOf, edgeSettings }) {
  return workloads.flatMap((workload) => {
    const { object, name, containers } = workload;
    const problems = [];
    const names = Object.keys(configOf(workload).environment);
    if (nodeServices.includes(name) || name === 'migrate') {
      const { unknown, error } = configOf(workload);
      problems.push(...unknown.map((setting) => `${setting} is no setting of ${name}`));
      if (error) problems.push(error);
    }
    if (name === 'web') {
      const unknown = names.filter((setting) => !edgeSettings.includes(setting));
      problems.push(...unknown.map((setting) => `${setting} is not in docker/edge/defaults.env`));
    }
    const sources = containers.flatMap(({ envFrom = [] }) => envFrom);
    for (const { configMapRef, secretRef } of sources) {
      if (secretRef) problems.push('takes a Secret into its environment, where a dump would show it');
      if (configMapRef && !hasHash(configMapRef.name))
        problems.push(`${configMapRef.name} is not named by its content`);
      if (configMapRef && !ofKind(objects, 'ConfigMap').some(({ metadata }) => metadata.name === configMapRef.name))
        problems.push(`there is no ConfigMap ${configMapRef.name}`);
    }
    return problems.map((problem) => `${nameOf(object)}: ${problem}`);
  });
}

/** @param {string} name */
function hasHash(name) {
  return /-[a-z0-9]{10}$/.test(name);
}
