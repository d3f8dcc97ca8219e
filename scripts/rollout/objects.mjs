// @ts-check
/** What becomes of rendered objects before they are applied. Pure: nothing here asks the cluster. */
import { Refusal } from '../platform/terminal.mjs';

/** The set that one tag stands for, in the order of who is asked: whoever comes later calls those before. */
export const services = /** @type {const} */ (['accounts', 'activity', 'gateway', 'web']);
/** Those that clients come in by. */
export const doors = /** @type {const} */ (['gateway', 'web']);
/** The label of pods that tells which of several Deployments of a service they belong to. */
export const TRACK = 'track';
/** The track of the overlay's own Deployments. */
export const PLAIN = 'stable';

const WORKLOADS = new Set(['Deployment', 'Rollout']);
const PART = 'app.kubernetes.io/part-of';
const VERSION = 'app.kubernetes.io/version';

/** @typedef {import('./kubectl.mjs').KubeObject} KubeObject */
/** @typedef {typeof services[number]} Service */

/**
 * @typedef {object} Plan
 * @property {KubeObject[]} foundation everything else: configuration, accounts, policies, stores
 * @property {KubeObject[]} migrations Jobs that must have ended well before a new build starts
 * @property {KubeObject[]} workloads the services' Deployments or Rollouts
 * @property {KubeObject[]} scalers their HorizontalPodAutoscalers
 * @property {KubeObject[]} entrances their Services
 */

/**
 * Sorts the objects of an overlay by when they are applied, all images of the platform at one tag.
 * @param {KubeObject[]} objects
 * @param {{ tag: string, deadlineS: number }} options
 * @returns {Plan}
 * @throws Refusal where a service is missing
 */
export function planOf(objects, { tag, deadlineS }) {
  const tagged = objects.map((object) => withTag(object, tag));
  const [migrations, others] = split(tagged, isMigration);
  const [workloads, rest] = split(others, ({ kind, metadata }) => WORKLOADS.has(kind) && isService(metadata.name));
  const [scalers, more] = split(
    rest,
    ({ kind, metadata }) => kind === 'HorizontalPodAutoscaler' && isService(metadata.name),
  );
  const [entrances, foundation] = split(more, ({ kind, metadata }) => kind === 'Service' && isService(metadata.name));
  for (const service of services) {
    for (const [what, list] of /** @type {const} */ ([
      ['workload', workloads],
      ['Service', entrances],
    ])) {
      if (!list.some(({ metadata }) => metadata.name === service))
        throw new Refusal(`The overlay has no ${what} "${service}".`);
    }
  }
  return {
    foundation,
    migrations,
    workloads: workloads.map((object) => onTrack(withDeadline(object, deadlineS), PLAIN)),
    scalers,
    entrances,
  };
}

/**
 * Every image of the platform in a pod's template at this tag; jobs get a name that carries it, since they cannot be changed.
 * @param {KubeObject} object
 * @param {string} tag
 * @returns {KubeObject} a new one where anything differs
 */
export function withTag(object, tag) {
  const template = object.spec?.template;
  if (!template?.spec?.containers) return object;
  const copy = structuredClone(object);
  const { spec, metadata } = copy.spec.template;
  let isOurs = false;
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const image = taggedImage(container.image, tag);
    if (image === undefined) continue;
    container.image = image;
    isOurs = true;
  }
  if (!isOurs) return object;
  if (metadata?.labels?.[VERSION]) metadata.labels[VERSION] = tag;
  if (isMigration(copy)) copy.metadata.name = migrationName(tag);
  return copy;
}

/** @param {string} image @param {string} tag @returns {string | undefined} undefined where the image is none of the platform's */
function taggedImage(image, tag) {
  const found =
    /^((?:.*\/)?mainstay(?:\/|-)(?:accounts|activity|gateway|web))(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$/.exec(image);
  return found ? `${found[1]}:${tag}` : undefined;
}

/** A name of Kubernetes has no capitals and no underscores. @param {string} tag */
export function migrationName(tag) {
  return `migrate-${tag.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-')}`.slice(0, 63).replace(/[^a-z0-9]+$/, '');
}

/** @param {KubeObject} object */
function isMigration({ kind, metadata }) {
  return kind === 'Job' && /^migrate(-|$)/.test(metadata.name);
}

/** @param {string} name @returns {name is Service} */
function isService(name) {
  return services.some((service) => service === name);
}

/** @param {KubeObject} object @param {number} deadlineS */
function withDeadline(object, deadlineS) {
  return { ...object, spec: { ...object.spec, progressDeadlineSeconds: deadlineS } };
}

/**
 * Its pods get the label by which a Service can tell them from another track's. The selector stays as it is: it cannot be changed.
 * @param {KubeObject} object
 * @param {string} track
 */
function onTrack(object, track) {
  const copy = structuredClone(object);
  const { template } = copy.spec;
  if (template) template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [TRACK]: track } };
  return copy;
}

/** @template T @param {T[]} list @param {(item: T) => boolean} isFirst @returns {[T[], T[]]} */
function split(list, isFirst) {
  return [list.filter(isFirst), list.filter((item) => !isFirst(item))];
}

/** The label by which whatever belongs to the platform is found. @type {Record<string, string>} */
export const ownLabels = { [PART]: 'mainstay' };
