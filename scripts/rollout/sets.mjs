// @ts-check
/** What a track consists of in the cluster: which build it is, who scales it, its restart and its end. */
import { Refusal } from '../../platform/src/terminal.ts';
import { colours, nameOn, scalersOn } from './colours.mjs';
import { untilDrained, untilRolledOut } from './deployments.mjs';
import { PLAIN, TRACK, doors, services } from './objects.mjs';
import { liveTrack } from './tracks.mjs';

/** @typedef {import('./kubectl.mjs').Kubectl} Kubectl */
/** @typedef {import('./objects.mjs').Plan} Plan */

/**
 * Connections that clients keep stay with a track that they are no longer led to. Restarted, its pods drain them, and new ones stand by.
 * @param {Kubectl} kubectl
 * @param {string} track
 * @param {number} deadlineS
 */
export async function restartDoors(kubectl, track, deadlineS) {
  const names = doors.map((door) => nameOn(door, track));
  await kubectl.call(['rollout', 'restart', ...names.map((name) => `deployment/${name}`)]);
  await untilRolledOut(kubectl, names, deadlineS);
  await untilDrained(kubectl, names);
}

/** What serves is scaled by its load; the way back stays as large as it was. @param {Kubectl} kubectl @param {Plan} plan @param {string} from @param {string} to */
export async function moveScaling(kubectl, plan, from, to) {
  await kubectl.remove(
    'horizontalpodautoscaler',
    plan.scalers.map(({ metadata }) => nameOn(metadata.name, from)),
  );
  await kubectl.apply(scalersOn(plan, to));
}

/** The whole track goes. @param {Kubectl} kubectl @param {string[]} tracks none that serves */
export async function removeSets(kubectl, tracks) {
  for (const track of tracks) {
    const names = services.map((service) => nameOn(service, track));
    await kubectl.remove('horizontalpodautoscaler', names);
    await kubectl.remove('deployment', names);
    if (track !== PLAIN) await kubectl.remove('service', names);
  }
}

/**
 * @param {Kubectl} kubectl
 * @param {string} track
 * @returns {Promise<import('./objects.mjs').Build>} as the images of its pods say
 */
export async function buildOn(kubectl, track) {
  const deployments = await kubectl.list('deployments');
  const images = services.map((service) => {
    const found = deployments.find(({ metadata }) => metadata.name === nameOn(service, track));
    return { service, ...imageBuild(String(found?.spec.template.spec.containers[0]?.image ?? '')) };
  });
  const digests = images.flatMap(({ service, digest }) => (digest === undefined ? [] : [[service, digest]]));
  const tag = images.find(({ service }) => service === 'gateway')?.tag ?? '';
  return { tag, ...(digests.length === services.length && { digests: Object.fromEntries(digests) }) };
}

/** @param {string} image `registry/name:tag@sha256:…`, the digest where it is pinned @returns {{ tag: string, digest: string | undefined }} */
export function imageBuild(image) {
  const [name = '', digest] = image.split('@');
  return { tag: /:([\w.-]+)$/.exec(name)?.[1] ?? '', digest };
}

/** @param {Kubectl} kubectl @throws Refusal where a colour is there */
export async function refuseColours(kubectl) {
  const live = await liveTrack(kubectl);
  const there = (await kubectl.list('deployments', TRACK)).filter(({ metadata }) =>
    colours.some((colour) => metadata.labels?.[TRACK] === colour),
  );
  if (live === PLAIN && there.length === 0) return;
  throw new Refusal(
    `This namespace is rolled out by colours (${live} serves). Go on by blue-green, or leave it by: npm run rollout -- blue-green --plain --tag TAG`,
  );
}
