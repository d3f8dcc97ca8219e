// @ts-check
import { ofKind } from './objects.mjs';
import { connections } from './network/connections.mjs';
import { expectedConnections, sentencesOf } from './network/expected-connections.mjs';
import { partiesOf } from './network/parties.mjs';
import { loadRules } from './rules.mjs';
import { loadSchemas } from './schemas.mjs';

/** @typedef {import('./objects.mjs').KubernetesObject} KubernetesObject */
/** @typedef {import('./targets.mjs').Target} Target */

/**
 * All that can be said of manifests without a cluster. Needs a build (npm run build).
 * @returns {Promise<(target: Target, objects: KubernetesObject[]) => string[]>} what is wrong, one sentence each
 */
export async function loadChecks() {
  const [findSchemaProblems, findBreaches] = await Promise.all([loadSchemas(), loadRules()]);
  return (target, objects) => [
    ...objects.flatMap(findSchemaProblems),
    ...findBreaches(target, objects),
    ...wrongConnections(target, objects),
  ];
}

/**
 * @param {{ name: string, isComponent: boolean, switchedOn: string[] }} target
 * @param {KubernetesObject[]} objects
 */
function wrongConnections({ name, isComponent, switchedOn }, objects) {
  const parties = partiesOf(objects);
  const hasStores = objects.some(({ kind }) => kind === 'StatefulSet');
  const place = {
    names: [...switchedOn, ...(isComponent ? [] : [name.replace('overlays/', '')])],
    areStoresManaged: switchedOn.includes('stores-managed') || (!isComponent && !hasStores),
  };
  const wanted = sentencesOf(expectedConnections(parties, place));
  const found = sentencesOf(connections({ policies: ofKind(objects, 'NetworkPolicy'), parties }));
  return [
    ...found.filter((one) => !wanted.includes(one)).map((one) => `policies let through what is no arrow: ${one}`),
    ...wanted.filter((one) => !found.includes(one)).map((one) => `policies refuse an arrow: ${one}`),
  ];
}
