// @ts-check
/** What the API server of the current context says of manifests, without keeping anything of them. */
import { randomBytes } from 'node:crypto';
import { kubectl } from './kubectl.mjs';
import { nameOf, workloadsOf } from './objects.mjs';

/** @typedef {import('./objects.mjs').KubernetesObject} KubernetesObject */

const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };

/**
 * A strict dry run of everything, and of one pod of each workload: a Deployment is accepted whatever Pod Security will say of its pods. All of it goes to a namespace
 * that is made for this and removed again, since the own one may not be there, or hold what cannot be changed.
 * @param {KubernetesObject[]} objects
 * @returns {Promise<string[]>} what the server refuses
 */
export async function dryRun(objects) {
  const namespace = `mainstay-check-${randomBytes(4).toString('hex')}`;
  await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: restricted } }], []);
  try {
    const pods = workloadsOf(objects).map(({ object, labels, annotations, pod }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${object.kind.toLowerCase()}-${object.metadata.name}`, labels, annotations },
      spec: { restartPolicy: 'Always', ...pod, volumes: [...(pod.volumes ?? []), ...claimed(object)] },
    }));
    const all = [...objects, ...pods]
      .filter(({ kind }) => kind !== 'Namespace')
      .map((object) => moved(object, namespace));
    return await refusals(all);
  } finally {
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  }
}

/**
 * The volumes that a StatefulSet would have made for its pod.
 * @param {KubernetesObject} object
 */
function claimed({ spec: { volumeClaimTemplates = [] } }) {
  return volumeClaimTemplates.map((/** @type {{ metadata: { name: string } }} */ { metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: name },
  }));
}

/**
 * All at once, since each run costs; one by one where that fails, to name who it is.
 * @param {KubernetesObject[]} objects
 */
async function refusals(objects) {
  try {
    await apply(objects, ['--dry-run=server']);
    return [];
  } catch {
    /** @type {string[]} */
    const problems = [];
    for (const object of objects) {
      await apply([object], ['--dry-run=server']).catch((error) =>
        problems.push(`${nameOf(object)}: ${error.message}`),
      );
    }
    return problems;
  }
}

/**
 * Pods of a dry run have no ServiceAccount to find, and a node port may be taken by the real one.
 * @param {KubernetesObject} object
 * @param {string} namespace
 * @returns {KubernetesObject}
 */
function moved(object, namespace) {
  const copy = structuredClone(object);
  copy.metadata.namespace = namespace;
  if (copy.kind === 'Pod') delete copy.spec.serviceAccountName;
  for (const port of (copy.kind === 'Service' && copy.spec.ports) || []) delete port.nodePort;
  for (const subject of copy.subjects ?? []) if (subject.namespace) subject.namespace = namespace;
  return copy;
}

/**
 * @param {KubernetesObject[]} objects
 * @param {string[]} options
 */
function apply(objects, options) {
  const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  return kubectl(
    ['apply', '--server-side', '--validate=strict', '--field-manager=mainstay-check', ...options, '--filename=-'],
    { input },
  );
}
