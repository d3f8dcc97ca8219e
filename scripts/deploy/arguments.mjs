// @ts-check
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../platform/src/root.ts';
import { Refusal } from '../../platform/src/terminal.ts';

/** @typedef {{ ref: string } | { from: string } | { release: string }} Source where the build comes from: a commit, a built folder, a former release */

/**
 * @typedef {object} Order
 * @property {string} base
 * @property {boolean} list
 * @property {Source} source
 * @property {number} keep releases that stay
 * @property {number} settleMs how long a new worker is watched before it is believed
 * @property {number} smokeTimeoutMs how long a service may take to become ready outside of PM2
 */

/**
 * Reads what was typed, and the few DEPLOY_… variables behind it.
 * @param {string[]} args
 * @returns {Order}
 * @throws Refusal that says what to type
 */
export function readOrder(args) {
  const { base, list, ref, from, release } = parsed(args);
  const folder = base ?? process.env.DEPLOY_BASE ?? baseOfThisRelease();
  if (!folder) throw new Refusal('Say where the releases live: npm run deploy -- --base DIR, or set DEPLOY_BASE.');
  const sources = [ref, from, release].filter((value) => value !== undefined);
  if (sources.length > 1) throw new Refusal('--ref, --from and --release exclude each other: a build has one source.');
  return {
    base: resolve(folder),
    list: list === true,
    source: release ? { release } : from ? { from: resolve(from) } : { ref: ref ?? 'HEAD' },
    keep: count('DEPLOY_KEEP', 5, 2),
    settleMs: count('DEPLOY_SETTLE_MS', 3_000, 0),
    smokeTimeoutMs: count('DEPLOY_SMOKE_TIMEOUT_MS', 30_000, 100),
  };
}

/** @param {string[]} args */
function parsed(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  try {
    const options = {
      base: text,
      ref: text,
      from: text,
      release: text,
      list: /** @type {const} */ ({ type: 'boolean' }),
    };
    return parseArgs({ args, options }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(`${reason}\nIt takes --base DIR and one of --ref COMMIT, --from FOLDER, --release ID, --list.`);
  }
}

/** Run from a release, as `current` is one, the base is two folders up. */
function baseOfThisRelease() {
  const [base, folder] = [resolve(root, '../..'), resolve(root, '..')];
  return folder === join(base, 'releases') ? base : undefined;
}

/**
 * @param {string} name
 * @param {number} otherwise
 * @param {number} min
 */
function count(name, otherwise, min) {
  const value = Number(process.env[name] || otherwise);
  if (Number.isInteger(value) && value >= min) return value;
  throw new Refusal(`${name} must be a whole number from ${min}, but is "${process.env[name]}".`);
}
