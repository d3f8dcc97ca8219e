// @ts-check
import { availableParallelism } from 'node:os';
import { loadChecks } from './checks.mjs';
import { render } from './render.mjs';

/** @typedef {import('./objects.mjs').KubernetesObject} KubernetesObject */
/** @typedef {import('./targets.mjs').Target} Target */
/** @typedef {{ name: string, objects: number, problems: string[] }} Finding */

/**
 * Renders and checks targets, as many at once as there are cores. Needs a build (npm run build).
 * @param {Target[]} targets
 * @param {(objects: KubernetesObject[]) => Promise<string[]>} [checkMore]
 * @returns {Promise<Finding[]>} in the order of the targets; what cannot be rendered is a problem
 */
export async function findProblems(targets, checkMore = async () => []) {
  const check = await loadChecks();
  /** @type {Finding[]} */
  const findings = [];
  const waiting = targets.entries();
  const work = async () => {
    for (const [index, target] of waiting) findings[index] = await examine(target, check, checkMore);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return findings;
}

/**
 * @param {Target} target
 * @param {(target: Target, objects: KubernetesObject[]) => string[]} check
 * @param {(objects: KubernetesObject[]) => Promise<string[]>} checkMore
 * @returns {Promise<Finding>}
 */
async function examine(target, check, checkMore) {
  const { name } = target;
  try {
    const objects = await render(target);
    return { name, objects: objects.length, problems: [...check(target, objects), ...(await checkMore(objects))] };
  } catch (error) {
    return { name, objects: 0, problems: [error instanceof Error ? error.message : String(error)] };
  }
}
