// @ts-check
import { readJournal } from './journal.mjs';
import { holderOf } from './lease.mjs';
import { TRACK, services } from './objects.mjs';

/** @typedef {import('./kubectl.mjs').KubeObject} KubeObject */

/**
 * What serves, and what the last roll-out has come to, for people.
 * @param {import('./kubectl.mjs').Kubectl} kubectl
 * @returns {Promise<string>}
 */
export async function describe(kubectl) {
  const [journal, lease, deployments, gateway] = await Promise.all([
    readJournal(kubectl),
    kubectl.find('lease', 'mainstay-rollout'),
    kubectl.list('deployments'),
    kubectl.find('service', 'gateway'),
  ]);
  const holder = lease && holderOf(lease, Date.now());
  const live = gateway?.spec.selector?.[TRACK];
  return [
    journal
      ? `${journal.tag} by ${journal.strategy}: ${journal.phase}, ${journal.changedAt}${journal.reason ? `\n  ${journal.reason.trim().split('\n').at(-1)}` : ''}`
      : 'Nothing was rolled out here yet.',
    holder ? `Under way: ${holder.name}` : 'Nobody is at work.',
    ...(live ? [`Clients are led to: ${live}`] : []),
    ...deployments.filter(isOurs).map(lineOf).sort(),
  ].join('\n');
}

/** @param {KubeObject} deployment */
function isOurs({ metadata }) {
  return services.some((service) => metadata.name === service || metadata.name.startsWith(`${service}-`));
}

/** @param {KubeObject} deployment */
function lineOf({ metadata, spec, status }) {
  const image = spec.template.spec.containers[0]?.image ?? '';
  return `  ${metadata.name.padEnd(16)} ${status?.readyReplicas ?? 0}/${spec.replicas ?? 1} ready  ${image.split('/').at(-1)}`;
}
