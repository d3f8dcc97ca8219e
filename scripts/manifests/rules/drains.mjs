// @ts-check
import { nameOf, nodeServices, services } from '../objects.mjs';

/** @typedef {import('../rules.mjs').Rendering} Rendering */

/**
 * A service's pod may finish what it has begun before it is killed, and is replaced only by one that is ready.
 * @param {Rendering} rendering
 * @returns {string[]}
 */
export function drains({ workloads, configOf }) {
  return workloads
    .filter(({ name }) => services.includes(name))
    .flatMap((workload) => {
      const { object, name, pod } = workload;
      const problems = [];
      if (nodeServices.includes(name)) {
        const config = configOf(workload).config;
        const drainMs = config ? config.preDrainDelayMs + config.drainWindowMs + config.closeTimeoutMs : 0;
        if (pod.terminationGracePeriodSeconds * 1000 <= drainMs)
          problems.push(`terminationGracePeriodSeconds must be above the ${drainMs} ms that a drain may take`);
        if (config && config.preDrainDelayMs === 0)
          problems.push('PRE_DRAIN_DELAY_MS must cover the time until kube-proxy and DNS know');
      }
      if (object.kind === 'Deployment') problems.push(...wrongUpdate(object));
      return problems.map((problem) => `${nameOf(object)}: ${problem}`);
    });
}

/** @param {import('../objects.mjs').KubernetesObject} deployment */
function wrongUpdate({ spec: { strategy = {}, replicas, minReadySeconds } }) {
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate ?? {};
  const problems = [];
  if (strategy.type !== 'RollingUpdate' || maxUnavailable !== 0 || maxSurge !== '25%')
    problems.push('must roll with maxSurge: 25% and maxUnavailable: 0');
  if (!minReadySeconds) problems.push('needs minReadySeconds: the old pod goes when callers know the new one');
  if (replicas > 0)
    problems.push('must not say how many replicas there are: each apply would undo what the autoscaler did');
  return problems;
}
