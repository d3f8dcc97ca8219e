// @ts-check
import { nameOf } from '../objects.mjs';

/** @typedef {import('../rules.mjs').Rendering} Rendering */
/** @typedef {import('../objects.mjs').Workload} Workload */

/** The one pod that may speak to the API server, and what it may say: bootstrap creates Secrets. */
const tokenHolder = 'bootstrap';

/**
 * Every pod is what Pod Security calls restricted, and less: a file system that cannot be written, no token, no list of its neighbours in the environment.
 * @param {Rendering} rendering
 * @returns {string[]}
 */
export function restrictedPods({ workloads }) {
  return workloads.flatMap((workload) => [...podProblems(workload), ...containerProblems(workload)]);
}

/** @param {Workload} workload */
function podProblems({ object, name, pod }) {
  const context = pod.securityContext ?? {};
  const mayHoldToken = name === tokenHolder;
  /** @type {[boolean, string][]} */
  const demands = [
    [context.runAsNonRoot === true && context.runAsUser > 0, 'says who it runs as, and that is not root'],
    [context.seccompProfile?.type === 'RuntimeDefault', 'has the seccomp profile RuntimeDefault'],
    [pod.automountServiceAccountToken === mayHoldToken, `has ${mayHoldToken ? 'its' : 'no'} token of the API server`],
    [pod.serviceAccountName === name, `has a ServiceAccount of its own, named ${name}`],
    [pod.enableServiceLinks === false, 'has enableServiceLinks: false'],
    [!pod.hostNetwork && !pod.hostPID && !pod.hostIPC, 'has nothing of its host'],
    [(pod.volumes ?? []).every((/** @type {any} */ volume) => !volume.hostPath), 'mounts nothing of its host'],
    [(pod.volumes ?? []).every(isForeignToken), 'holds tokens for others than the API server alone: with an audience'],
  ];
  return unmet(demands).map((demand) => `${nameOf(object)}: its pod must be one that ${demand}`);
}

/** @param {any} volume */
function isForeignToken({ projected }) {
  return (projected?.sources ?? []).every(
    (/** @type {any} */ { serviceAccountToken }) => !serviceAccountToken || Boolean(serviceAccountToken.audience),
  );
}

/** @param {Workload} workload */
function containerProblems({ object, containers }) {
  return containers.flatMap(({ name, securityContext: context = {} }) => {
    /** @type {[boolean, string][]} */
    const demands = [
      [context.allowPrivilegeEscalation === false && !context.privileged, 'allowPrivilegeEscalation: false'],
      [context.readOnlyRootFilesystem === true, 'readOnlyRootFilesystem: true'],
      [
        context.capabilities?.drop?.includes('ALL') && !context.capabilities.add,
        'all capabilities dropped and none added',
      ],
    ];
    return unmet(demands).map((demand) => `${nameOf(object)}: container ${name} needs ${demand}`);
  });
}

/** @param {[boolean, string][]} demands */
function unmet(demands) {
  return demands.filter(([isMet]) => !isMet).map(([, text]) => text);
}
