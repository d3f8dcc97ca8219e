// @ts-check
/** What becomes of rendered objects before they are applied. Pure: nothing here asks the cluster. */
import { Refusal } from '../../platform/src/terminal.ts';

/** The set that one tag stands for, in the order of who is asked: whoever comes later calls those before. */
export const services = /** @type {const} */ (['accounts', 'activity', 'gateway', 'web']);
/** Those that clients come in by. */
export const doors = /** @type {const} */ (['gateway', 'web']);
/** The label of pods that tells which of several Deployments of a service they belong to. The base has it. */
export const TRACK = 'track';
/** The track of the overlay's own Deployments. */
export const PLAIN = 'stable';

const WORKLOADS = new Set(['Deployment', 'Rollout']);
const PART = 'app.kubernetes.io/part-of';
const VERSION = 'app.kubernetes.io/version';

/** @typedef {import('./kubectl.mjs').KubeObject} KubeObject */
/** @typedef {typeof services[number]} Service */
/** @typedef {{ tag: string, digests?: Record<string, string> | undefined }} Build digests: by service, `sha256:…`; without them the tag alone tells which images */

/**
 * @typedef {object} Plan
 * @property {KubeObject[]} foundation everything else: configuration, accounts, policies, stores
 * @property {KubeObject[]} migrations Jobs that must have ended well before a new build starts
 * @property {KubeObject[]} workloads the services' Deployments or Rollouts
 * @property {KubeObject[]} scalers their HorizontalPodAutoscalers
 * @property {KubeObject[]} entrances their Services
 */

/**
 * Sorts the objects of an overlay by when they are applied, all images of the platform at one build.
 * @param {KubeObject[]} objects
 * @param {Build & { deadlineS: number }} options
 * @returns {Plan}
 * @throws Refusal where a service is missing
 */
export function planOf(objects, { tag, digests, deadlineS }) {
  const tagged = objects.map((object) => withBuild(object, { tag, digests }));
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
    workloads: workloads.map((object) => withDeadline(object, deadlineS)),
    scalers,
    entrances,
  };
}

/**
 * Every image of the platform in a pod's template at this build; jobs get a name that carries its tag, since they cannot be changed.
 * @param {KubeObject} object
 * @param {Build} build
 * @returns {KubeObject} a new one where anything differs
 */
export function withBuild(object, { tag, digests }) {
  const template = object.spec?.template;
  if (!template?.spec?.containers) return object;
  const copy = structuredClone(object);
  const { spec, metadata } = copy.spec.template;
  let isOurs = false;
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const image = builtImage(container.image, { tag, digests });
    if (image === undefined) continue;
    container.image = image;
    isOurs = true;
  }
  if (!isOurs) return object;
  if (metadata?.labels?.[VERSION]) metadata.labels[VERSION] = tag;
  if (isMigration(copy)) copy.metadata.name = migrationName(tag);
  return copy;
}

/** @param {string} image @param {Build} build @returns {string | undefined} undefined where the image is none of the platform's */
function builtImage(image, { tag, digests }) {
  const found = /^((?:.*\/)?mainstay(?:\/|-)(accounts|activity|gateway|web))(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$/.exec(
    image,
  );
  if (!found) return undefined;
  const digest = digests?.[String(found[2])];
  return digest === undefined ? `${found[1]}:${tag}` : `${found[1]}:${tag}@${digest}`;
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

/** @template T @param {T[]} list @param {(item: T) => boolean} isFirst @returns {[T[], T[]]} */
function split(list, isFirst) {
  return [list.filter(isFirst), list.filter((item) => !isFirst(item))];
}

/** The label by which whatever belongs to the platform is found. @type {Record<string, string>} */
export const ownLabels = { [PART]: 'mainstay' };
