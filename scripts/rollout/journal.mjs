// @ts-check
/** What a roll-out has come to, in a ConfigMap beside what it rolls: whoever comes after one that was killed reads it there. */
import { KubectlError } from './kubectl.mjs';
import { ownLabels } from './objects.mjs';

const NAME = 'mainstay-rollout';

/**
 * @typedef {object} Journal
 * @property {'rolling' | 'blue-green' | 'canary'} strategy
 * @property {'argo'} [engine] who takes the steps, where it is not this command
 * @property {string} phase what was last begun or reached, in the strategy's own words
 * @property {string} tag
 * @property {Record<string, string>} [digests] of the images, where a release file named them
 * @property {string} changedAt
 * @property {Record<string, string>} [revisions] rolling, and canary by Argo: each Deployment's ReplicaSet that served before
 * @property {string} [from] blue-green: the track that served before
 * @property {string} [to] blue-green: the track that is to serve
 * @property {string} [reason] why it went back
 */

/** What of an order or of a journal says which images. @param {import('./objects.mjs').Build} of @returns {import('./objects.mjs').Build} */
export function buildOf({ tag, digests }) {
  return { tag, ...(digests && { digests }) };
}

/** @param {import('./kubectl.mjs').Kubectl} kubectl @returns {Promise<Journal | undefined>} undefined before the first roll-out */
export async function readJournal(kubectl) {
  const found = await kubectl.find('configmap', NAME);
  return found?.data?.journal === undefined ? undefined : JSON.parse(found.data.journal);
}

/**
 * Only the holder of the lease writes.
 * @param {import('./kubectl.mjs').Kubectl} kubectl
 * @param {Omit<Journal, 'changedAt'>} journal
 * @returns {Promise<Journal>}
 */
export async function writeJournal(kubectl, journal) {
  const whole = { ...journal, changedAt: new Date().toISOString() };
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: NAME, labels: ownLabels },
    data: { journal: JSON.stringify(whole) },
  };
  await kubectl.write('replace', object).catch((error) => {
    if (error instanceof KubectlError && error.output.includes('(NotFound)')) return kubectl.write('create', object);
    throw error;
  });
  return whole;
}
