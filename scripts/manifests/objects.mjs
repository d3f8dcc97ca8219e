// @ts-check
/** What rules ask of rendered objects. */

/**
 * @typedef {object} KubernetesObject
 * @property {string} apiVersion
 * @property {string} kind
 * @property {{ name: string, namespace?: string, labels?: Record<string, string>, annotations?: Record<string, string> }} metadata
 * @property {any} [spec]
 * @property {Record<string, string>} [data]
 * @property {any} [roleRef]
 * @property {any[]} [rules]
 * @property {any[]} [subjects]
 */
/**
 * @typedef {object} Workload something that makes pods
 * @property {KubernetesObject} object
 * @property {string} name of its pods, as their label says
 * @property {Record<string, string>} labels of its pods
 * @property {Record<string, string>} annotations of its pods
 * @property {any} pod their spec
 * @property {any[]} containers with those for initialisation
 */

/** The four that are rolled out together. */
export const services = ['gateway', 'accounts', 'activity', 'web'];
/** Those of them that are ours from the first line: they have settings and a management port. */
export const nodeServices = ['gateway', 'accounts', 'activity'];

const templates = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicaSet', 'Rollout']);

/**
 * @param {KubernetesObject[]} objects
 * @returns {Workload[]}
 */
export function workloadsOf(objects) {
  return objects.flatMap((object) => {
    const template = object.kind === 'CronJob' ? object.spec.jobTemplate.spec.template : object.spec?.template;
    // A Rollout may take its pods from the Deployment that it replaces.
    if (!(templates.has(object.kind) || object.kind === 'CronJob') || !template) return [];
    const { labels = {}, annotations = {} } = template.metadata ?? {};
    const pod = template.spec;
    return {
      object,
      name: labels['app.kubernetes.io/name'] ?? object.metadata.name,
      labels,
      annotations,
      pod,
      containers: [...(pod.initContainers ?? []), ...pod.containers],
    };
  });
}

/**
 * @param {KubernetesObject[]} objects
 * @param {string} kind
 */
export function ofKind(objects, kind) {
  return objects.filter((object) => object.kind === kind);
}

/** @param {KubernetesObject} object */
export function nameOf({ kind, metadata }) {
  return `${kind} ${metadata.name}`;
}
