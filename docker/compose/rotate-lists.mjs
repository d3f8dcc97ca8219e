// @ts-check
/**
 * Replaces secrets and keys without signing users out (docs/secrets.md). Each setting is a list: its first value signs,
 * and all its values verify. So the list changes in three steps, and after each step every process is restarted, in any
 * order: `add` appends a new value, `use` moves it to the front, `drop` removes the old ones.
 */
import { randomBytes } from 'node:crypto';
import { generateIdentityKeys, publicKeysOf } from '../../packages/identity/dist/identity-keys.js';

/**
 * Time for signed-in browsers to receive a newly signed cookie: the default of SESSION_IDLE_S, after which an unused
 * session ends anyway.
 */
const HOURS_BEFORE_DROP = 24;
const HOUR_MS = 3_600_000;

/**
 * @typedef {object} ListNames under which the values are found
 * @property {string[]} secrets lists of random texts
 * @property {string} privateKeys
 * @property {string} publicKeys
 * @property {string} state the last step of a rotation and its time; absent if no rotation is in progress
 */

/**
 * The values after a step. A repeated step changes nothing, so an interrupted command can be run again.
 * @param {Record<string, string>} values
 * @param {ListNames} names
 * @param {string} step
 * @param {{ now?: Date, early?: boolean }} [options] early: allow `drop` before its time
 * @returns {Record<string, string>}
 * @throws {Error} if the step is not the next one, or comes too early
 */
export function rotateLists(values, names, step, { now = new Date(), early = false } = {}) {
  const [done, since] = (values[names.state] ?? '').split(' ');
  if (done === step || (step === 'drop' && !done)) return values;
  const takeStep = stepsFrom[done ?? '']?.[step];
  if (!takeStep) throw new Error(`${step} is not the next step: it is ${nextSteps[done ?? '']}`);
  const dueAt = new Date(Date.parse(since ?? '') + HOURS_BEFORE_DROP * HOUR_MS);
  if (step === 'drop' && !early && now < dueAt) {
    throw new Error(
      `users without a request since ${since} would be signed out: drop after ${dueAt.toISOString()}, or use --now`,
    );
  }
  const changed = { ...values };
  for (const name of names.secrets) changed[name] = takeStep(listOf(values, name), newSecret).join(',');
  changed[names.privateKeys] = takeStep(listOf(values, names.privateKeys), newPrivateKey).join(',');
  changed[names.publicKeys] = publicKeysOf(changed[names.privateKeys] ?? '').join(',');
  if (step === 'drop') delete changed[names.state];
  else changed[names.state] = `${step} ${now.toISOString()}`;
  return changed;
}

/** @typedef {(list: string[], makeNew: () => string) => string[]} TakeStep */

/** @type {Record<string, Record<string, TakeStep>>} */
const stepsFrom = {
  '': { add: (list, makeNew) => [...list, makeNew()] },
  add: { use: (list) => [...list.slice(-1), ...list.slice(0, -1)] },
  use: { drop: (list) => list.slice(0, 1) },
};
/** @type {Record<string, string>} */
const nextSteps = { '': 'add', add: 'use', use: 'drop' };

const newSecret = () => randomBytes(32).toString('hex');
const newPrivateKey = () => generateIdentityKeys().privateKey;

/**
 * @param {Record<string, string>} values
 * @param {string} name
 */
function listOf(values, name) {
  const text = values[name];
  if (!text) throw new Error(`${name} is not there`);
  // A PEM block has several lines; a secret of `add` has one.
  const parts = text.match(/-----BEGIN ([A-Z ]+)-----[^]*?-----END \1-----|[^,\r\n]+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
