// @ts-check
/** The whole set a second time, under another name. Pure: nothing here asks the cluster. */
import { Refusal } from '../../platform/src/terminal.ts';
import { PLAIN, TRACK, services } from './objects.mjs';

export const colours = /** @type {const} */ (['blue', 'green']);

/** @typedef {import('./kubectl.mjs').KubeObject} KubeObject */
/** @typedef {import('./objects.mjs').Plan} Plan */
/** @typedef {import('./journal.mjs').Journal} Journal */

/** The name that a service's objects have on a track. @param {string} service @param {string} track */
export function nameOn(service, track) {
  return track === PLAIN ? service : `${service}-${track}`;
}

/**
 * Where the next build goes: to the track that serves nobody.
 * @param {string} live the track that serves
 * @param {boolean} plain the overlay's own Deployments are wanted
 * @returns {string}
 * @throws Refusal where those serve already
 */
export function idleTrack(live, plain) {
  if (plain && live === PLAIN) throw new Refusal('The plain Deployments serve already: npm run rollout -- rolling');
  if (plain) return PLAIN;
  return live === 'blue' ? 'green' : 'blue';
}

/**
 * Whether the roll-out that is asked for is one that was killed after it had begun to switch: then it only has to be finished.
 * @param {Journal | undefined} journal
 * @param {string} tag
 */
export function hasSwitched(journal, tag) {
  return journal?.strategy === 'blue-green' && ['switching', 'switched'].includes(journal.phase) && journal.tag === tag;
}

/**
 * The services' objects on a track: Deployments, whose number of pods is left to the cluster, and for a colour Services that lead to it alone. A gateway of a colour
 * calls the services of its own colour.
 * @param {Plan} plan
 * @param {string} track
 * @returns {KubeObject[]}
 */
export function setOn(plan, track) {
  const settings = settingsOf(plan.foundation);
  const workloads = plan.workloads.map((object) => workloadOn(object, track, settings));
  return track === PLAIN ? workloads : [...plan.entrances.map((service) => entranceOn(service, track)), ...workloads];
}

/**
 * The autoscalers of a track. Only one track has them: two would count each other's pods, and those of a way back had no load and went down.
 * @param {Plan} plan
 * @param {string} track
 * @returns {KubeObject[]}
 */
export function scalersOn(plan, track) {
  return plan.scalers.map((scaler) => {
    const copy = structuredClone(scaler);
    copy.spec.scaleTargetRef.name = nameOn(copy.spec.scaleTargetRef.name, track);
    return rename(copy, track);
  });
}

/** @param {KubeObject} object @param {string} track @param {Map<string, Record<string, string>>} settings */
function workloadOn(object, track, settings) {
  const copy = structuredClone(object);
  const { spec } = copy;
  spec.template.metadata.labels[TRACK] = track;
  if (track === PLAIN) return copy;
  rename(copy, track);
  spec.selector.matchLabels[TRACK] = track;
  for (const container of spec.template.spec.containers) {
    const own = new Set((container.env ?? []).map((/** @type {{ name: string }} */ { name }) => name));
    const known = Object.entries(settingsFor(container, settings)).filter(([name]) => !own.has(name));
    const moved = known.flatMap(([name, value]) => {
      const url = urlOn(value, track);
      return url === undefined ? [] : [{ name, value: url }];
    });
    const given = (container.env ?? []).map((/** @type {{ name: string, value?: string }} */ entry) => {
      const url = entry.value === undefined ? undefined : urlOn(entry.value, track);
      return url === undefined ? entry : { ...entry, value: url };
    });
    if (moved.length + given.length > 0) container.env = [...given, ...moved];
  }
  return copy;
}

/** Inside the cluster alone: clients come in by the live one. @param {KubeObject} service @param {string} track */
function entranceOn(service, track) {
  const copy = structuredClone(service);
  const { spec } = copy;
  spec.selector[TRACK] = track;
  for (const field of [
    'nodePort',
    'healthCheckNodePort',
    'loadBalancerIP',
    'loadBalancerClass',
    'externalTrafficPolicy',
    'type',
  ]) {
    delete spec[field];
  }
  for (const port of spec.ports) delete port.nodePort;
  copy.metadata.annotations = {};
  return rename(copy, track);
}

/** @param {KubeObject} object @param {string} track */
function rename(object, track) {
  object.metadata.name = nameOn(object.metadata.name, track);
  object.metadata.labels = { ...object.metadata.labels, ...(track !== PLAIN && { [TRACK]: track }) };
  return object;
}

/** @param {KubeObject[]} foundation @returns {Map<string, Record<string, string>>} a ConfigMap's settings by its name */
function settingsOf(foundation) {
  return new Map(
    foundation.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata, data }) => [metadata.name, data ?? {}]),
  );
}

/** @param {any} container @param {Map<string, Record<string, string>>} settings @returns {Record<string, string>} */
function settingsFor(container, settings) {
  /** @type {{ configMapRef?: { name: string } }[]} */
  const sources = container.envFrom ?? [];
  return Object.assign({}, ...sources.map(({ configMapRef }) => settings.get(configMapRef?.name ?? '')));
}

/** @param {string} value @param {string} track @returns {string | undefined} undefined where it is no URL of one of the services */
function urlOn(value, track) {
  const found = /^(https?:\/\/)([a-z]+)((?:[:/.].*)?)$/.exec(value);
  if (!found || !services.some((service) => service === found[2])) return undefined;
  return `${found[1]}${nameOn(String(found[2]), track)}${found[3]}`;
}
