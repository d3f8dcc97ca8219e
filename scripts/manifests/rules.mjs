// @ts-check
/** The house rules of manifests. Each is a function from what was rendered to sentences; none means that all is well. */
import { workloadsOf } from './objects.mjs';
import { companions } from './rules/companions.mjs';
import { containers } from './rules/containers.mjs';
import { drains } from './rules/drains.mjs';
import { names } from './rules/names.mjs';
import { probes } from './rules/probes.mjs';
import { restrictedPods } from './rules/restricted-pods.mjs';
import { secrets } from './rules/secrets.mjs';
import { settings } from './rules/settings.mjs';
import { loadSettingsReader, madeSecrets } from './settings-reader.mjs';

/** @typedef {import('./objects.mjs').KubernetesObject} KubernetesObject */
/** @typedef {import('./objects.mjs').Workload} Workload */
/**
 * @typedef {object} Rendering
 * @property {{ name: string, isComponent: boolean }} target
 * @property {KubernetesObject[]} objects
 * @property {Workload[]} workloads
 * @property {(workload: Workload) => import('./settings-reader.mjs').ReadSettings} configOf
 * @property {string[]} edgeSettings
 * @property {Record<string, { files: Record<string, string> }>} secretFiles by reader
 */

const rules = { restrictedPods, containers, probes, drains, companions, settings, secrets, names };

/** @returns {Promise<(target: Rendering['target'], objects: KubernetesObject[]) => string[]>} what breaks a rule, one sentence each */
export async function loadRules() {
  const { edgeSettings, readSettings } = await loadSettingsReader();
  return (target, objects) => {
    const workloads = workloadsOf(objects);
    const read = new Map(workloads.map((workload) => [workload, readSettings(workload, objects)]));
    const configOf = (/** @type {Workload} */ workload) => read.get(workload) ?? { environment: {}, unknown: [] };
    const rendering = { target, objects, workloads, configOf, edgeSettings, secretFiles: madeSecrets };
    return Object.values(rules).flatMap((rule) => rule(rendering));
  };
}
