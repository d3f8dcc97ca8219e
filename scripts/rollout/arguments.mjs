// @ts-check
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readRelease } from '../ci/release-file.mjs';
import { root } from '../../platform/src/root.ts';
import { Refusal } from '../../platform/src/terminal.ts';
import { services } from './objects.mjs';

/** What a container registry takes as a tag. */
const TAG = /^\w[\w.-]{0,127}$/;
/** What Kubernetes takes as a name of a namespace. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const VERBS = /** @type {const} */ (['rolling', 'blue-green', 'canary', 'status', 'promote', 'abort']);
const BRINGS_TAG = new Set(['rolling', 'blue-green', 'canary']);

/** @typedef {typeof VERBS[number]} Verb */
/**
 * @typedef {object} Order
 * @property {Verb} verb
 * @property {string} tag empty where the verb takes none
 * @property {Record<string, string>} [digests] of the images, by service, where a release file was given
 * @property {string} overlay a folder with a kustomization
 * @property {string} [namespace] instead of the overlay's
 * @property {string} [context] of kubectl
 * @property {string} [url] where clients come in; without it through a port-forward
 * @property {number} deadlineS how long new pods may take to become ready
 * @property {boolean} hold blue-green: stop when the other colour is verified
 * @property {boolean} plain blue-green: the other "colour" is the Deployments of the overlay
 * @property {number} share canary: percent of the pods
 */

/**
 * Reads what was typed.
 * @param {string[]} args
 * @returns {Order}
 * @throws Refusal that says what to type
 */
export function readOrder(args) {
  const { values, positionals } = parsed(args);
  const [word, ...more] = positionals;
  const verb = VERBS.find((one) => one === word);
  if (!verb || more.length > 0) {
    throw new Refusal(
      `Say one of ${VERBS.join(', ')}, as in: npm run rollout -- rolling --tag v1.2.0 --overlay staging`,
    );
  }
  if (values.hold && verb !== 'blue-green') throw new Refusal('--hold belongs to blue-green.');
  if (values.plain && verb !== 'blue-green') throw new Refusal('--plain belongs to blue-green.');
  if (values.share !== undefined && verb !== 'canary') throw new Refusal('--share belongs to canary.');
  return {
    verb,
    ...buildOf(verb, values),
    overlay: overlayOf(values.overlay ?? process.env.ROLLOUT_OVERLAY),
    ...(values.namespace !== undefined && { namespace: namespaceOf(values.namespace) }),
    ...(values.context !== undefined && { context: values.context }),
    ...(values.url !== undefined && { url: urlOf(values.url) }),
    deadlineS: count('--deadline', values.deadline ?? '300', 10, 3_600),
    hold: values.hold === true,
    plain: values.plain === true,
    share: count('--share', values.share ?? '25', 1, 50),
  };
}

/** @param {string[]} args */
function parsed(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean' });
  const options = {
    tag: text,
    release: text,
    overlay: text,
    namespace: text,
    context: text,
    url: text,
    deadline: text,
    hold: flag,
    plain: flag,
    share: text,
  };
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(
      `${reason}\nIt takes --tag TAG or --release FILE, --overlay NAME, --namespace NAME, --context NAME, --url URL, --deadline SECONDS, and --hold, --plain, --share PERCENT.`,
    );
  }
}

/**
 * @param {Verb} verb
 * @param {{ tag?: string | undefined, release?: string | undefined }} values
 * @returns {import('./objects.mjs').Build}
 */
function buildOf(verb, { tag, release }) {
  if (!BRINGS_TAG.has(verb)) {
    if (tag === undefined && release === undefined) return { tag: '' };
    throw new Refusal(
      `${verb} takes no ${tag === undefined ? '--release' : '--tag'}: which one it is about stands in the cluster.`,
    );
  }
  if (release !== undefined) {
    if (tag !== undefined) throw new Refusal('--release has the tag already: give one of both.');
    const { tag: released, images } = readRelease(release);
    const digests = services.map((service) => [service, images[service]?.split('@')[1]]);
    return { tag: checkTag(released), digests: Object.fromEntries(digests) };
  }
  if (tag === undefined) throw new Refusal(`Say which images: npm run rollout -- ${verb} --tag TAG`);
  return { tag: checkTag(tag) };
}

/** @param {string} tag */
function checkTag(tag) {
  if (TAG.test(tag) && tag !== 'latest') return tag;
  throw new Refusal(
    `"${tag}" cannot be rolled out: a tag is letters, digits, dots, dashes and underscores, and not "latest".`,
  );
}

/** @param {string | undefined} name */
function overlayOf(name) {
  if (!name)
    throw new Refusal('Say where to: --overlay local, staging, production or a folder, or set ROLLOUT_OVERLAY.');
  const places = name.includes('/') ? [resolve(name)] : [join(root, 'k8s/overlays', name), resolve(name)];
  const found = places.find((place) => existsSync(join(place, 'kustomization.yaml')));
  if (!found)
    throw new Refusal(`There is no overlay "${name}": neither ${places.join(' nor ')} has a kustomization.yaml.`);
  return found;
}

/** @param {string} name */
function namespaceOf(name) {
  if (NAMESPACE.test(name)) return name;
  throw new Refusal(`"${name}" cannot be a namespace: lower-case letters, digits and dashes, at most 63.`);
}

/** @param {string} text */
function urlOf(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url.origin;
  throw new Refusal(`--url must be like https://bank.example, but is "${text}".`);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} min
 * @param {number} max
 */
function count(name, text, min, max) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Refusal(`${name} must be a whole number from ${min} to ${max}, but is "${text}".`);
}
