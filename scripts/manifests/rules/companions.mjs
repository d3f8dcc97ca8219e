// @ts-check
import { nameOf, ofKind, services } from '../objects.mjs';
import { matches } from '../network/selectors.mjs';

/** @typedef {import('../rules.mjs').Rendering} Rendering */
/** @typedef {import('../objects.mjs').Workload} Workload */
/** @typedef {import('../objects.mjs').KubernetesObject} KubernetesObject */

/**
 * What stands around pods: each has a ServiceAccount and is closed by a NetworkPolicy in both directions; each service has a Service, a budget, and an autoscaler
 * that scales something that is there.
 * @param {Rendering} rendering
 * @returns {string[]}
 */
export function companions({ objects, workloads }) {
  return [
    ...workloads.flatMap((workload) =>
      missing(workload, objects).map((what) => `${nameOf(workload.object)}: its pods have no ${what}`),
    ),
    ...services.flatMap((name) => autoscalerProblems(name, objects, workloads)),
    ...versionsInSelectors(objects),
  ];
}

/**
 * @param {Workload} workload
 * @param {KubernetesObject[]} objects
 */
function missing({ name, labels, pod }, objects) {
  const closing = ofKind(objects, 'NetworkPolicy').filter(({ spec }) => matches(spec.podSelector, labels));
  /** @type {[boolean, string][]} */
  const demands = [
    [
      ofKind(objects, 'ServiceAccount').some(({ metadata }) => metadata.name === pod.serviceAccountName),
      'ServiceAccount',
    ],
    [
      ['Ingress', 'Egress'].every((type) => closing.some(({ spec }) => spec.policyTypes.includes(type))),
      'NetworkPolicy for both directions',
    ],
  ];
  if (services.includes(name)) {
    const selects = (/** @type {KubernetesObject} */ { spec }) => matches(spec.selector, labels);
    demands.push(
      [ofKind(objects, 'PodDisruptionBudget').some(selects), 'PodDisruptionBudget'],
      [ofKind(objects, 'Service').some(({ spec }) => matches({ matchLabels: spec.selector }, labels)), 'Service'],
    );
  }
  return demands.filter(([isThere]) => !isThere).map(([, what]) => what);
}

/**
 * @param {string} service
 * @param {KubernetesObject[]} objects
 * @param {Workload[]} workloads
 */
function autoscalerProblems(service, objects, workloads) {
  const own = workloads.filter(({ name }) => name === service).map(({ object }) => object);
  const autoscalers = ofKind(objects, 'HorizontalPodAutoscaler');
  const targets = autoscalers.map(({ spec }) => spec.scaleTargetRef);
  if (own.length === 0) return [];
  if (
    !targets.some(({ kind, name }) =>
      objects.some((object) => object.kind === kind && object.metadata.name === name && isOf(object, service)),
    )
  )
    return [`${service}: no HorizontalPodAutoscaler scales it`];
  return autoscalers
    .filter(({ spec }) => spec.scaleTargetRef.name === service && spec.minReplicas < 2)
    .map((autoscaler) => `${nameOf(autoscaler)}: one replica alone is none during a drain`);
}

/**
 * @param {KubernetesObject} object
 * @param {string} service
 */
function isOf({ metadata }, service) {
  return metadata.name === service || metadata.name.startsWith(`${service}-`);
}

/**
 * A version in a selector would leave the pods of the former version to nobody.
 * @param {KubernetesObject[]} objects
 */
function versionsInSelectors(objects) {
  return objects
    .filter(({ spec }) => JSON.stringify([spec?.selector, spec?.podSelector]).includes('app.kubernetes.io/version'))
    .map((object) => `${nameOf(object)}: selects by app.kubernetes.io/version, which changes`);
}
