// @ts-check
/** Which track serves, and how clients are led to another one. */
import { setTimeout as delay } from 'node:timers/promises';
import { during } from '../../platform/src/terminal.ts';
import { nameOn } from './colours.mjs';
import { isReady } from './deployments.mjs';
import { PLAIN, TRACK, doors, services } from './objects.mjs';

const POLL_MS = 500;
const ENDPOINTS_MS = 60_000;
/** Every node's kube-proxy writes its rules within a second of the endpoints. */
const PROXIES_MS = 2_000;
const NAME = 'app.kubernetes.io/name';

/** @typedef {import('./kubectl.mjs').Kubectl} Kubectl */

/** @param {Kubectl} kubectl @returns {Promise<string>} the track that clients are led to */
export async function liveTrack(kubectl) {
  const gateway = await kubectl.find('service', 'gateway');
  return gateway?.spec.selector?.[TRACK] ?? PLAIN;
}

/** @param {Kubectl} kubectl @param {string} track @returns {Promise<Record<string, number>>} pods by service */
export async function podCounts(kubectl, track) {
  const deployments = await kubectl.list('deployments');
  return Object.fromEntries(
    services.map((service) => {
      const found = deployments.find(({ metadata }) => metadata.name === nameOn(service, track));
      return [service, Math.max(1, found?.spec.replicas ?? 1)];
    }),
  );
}

/** Holds every Service to the plain pods, so that a colour may grow beside them unseen. All of them carry the label: no endpoint goes. @param {Kubectl} kubectl */
export async function pinPlain(kubectl) {
  for (const service of services) await lead(kubectl, service, PLAIN);
}

/** No Service asks for a track any more. @param {Kubectl} kubectl */
export async function unpin(kubectl) {
  for (const service of services) await lead(kubectl, service, null);
}

/**
 * Leads clients to a track, and waits until nobody is led elsewhere. Connections that are open stay where they are.
 * @param {Kubectl} kubectl
 * @param {string} track
 */
export async function leadClients(kubectl, track) {
  await during(`Leading clients to ${track}`, async () => {
    for (const door of doors) await lead(kubectl, door, track);
    for (const door of doors) await untilLed(kubectl, door, track);
    await delay(PROXIES_MS);
  });
}

/** @param {Kubectl} kubectl @param {string} service @param {string | null} track null: to all */
async function lead(kubectl, service, track) {
  await kubectl.patch('service', service, { spec: { selector: { [TRACK]: track } } });
}

/** @param {Kubectl} kubectl @param {string} service @param {string} track */
async function untilLed(kubectl, service, track) {
  const giveUpAt = performance.now() + ENDPOINTS_MS;
  while (performance.now() < giveUpAt) {
    const [slices, pods] = await Promise.all([
      kubectl.list('endpointslices', `kubernetes.io/service-name=${service}`),
      kubectl.list('pods', `${NAME}=${service},${TRACK}=${track}`),
    ]);
    const names = new Set(pods.map(({ metadata }) => metadata.name));
    const endpoints = slices.flatMap((slice) => slice['endpoints'] ?? []);
    if (endpoints.length > 0 && endpoints.every(({ targetRef }) => names.has(targetRef?.name))) return;
    await delay(POLL_MS);
  }
  throw new Error(`The endpoints of ${service} do not follow its selector`);
}

/** The pods that answer for a service on a track. @param {Kubectl} kubectl @param {string} service @param {string} track @returns {Promise<string[]>} */
export async function readyPods(kubectl, service, track) {
  const pods = await kubectl.list('pods', `${NAME}=${service},${TRACK}=${track}`);
  return pods.filter((pod) => !pod.metadata.deletionTimestamp && isReady(pod)).map(({ metadata }) => metadata.name);
}
