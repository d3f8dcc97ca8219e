/**
 * Replaces secrets and keys without signing users out (docs/secrets.md). Each setting is a list: the first value signs,
 * and all values verify. `add` appends a new value, `use` moves the new value to the front, and `drop` removes the old
 * values.
 */
import { randomBytes } from 'node:crypto';
import { generateIdentityKeys, publicKeysOf } from '@mainstay/identity';

/**
 * Least number of hours between the steps `use` and `drop` of a rotation, equal to the default of SESSION_IDLE_S. After
 * this time, the new secret has signed the cookie of every live session that has sent a GET request.
 */
const HOURS_BEFORE_DROP = 24;
const HOUR_MS = 3_600_000;

export type Values = Record<string, string>;

/** Names of entries in `Values`. */
interface ListNames {
  secrets: string[];
  privateKeys: string;
  publicKeys: string;
  /** Name of the entry with the last finished step and the time of the step, as in "use 2026-03-29T10:00:00.000Z". */
  state: string;
}

export interface RotationOptions {
  now?: Date;
  /** Allows `drop` less than HOURS_BEFORE_DROP hours after `use`. */
  early?: boolean;
}

type TakeStep = (list: string[], makeNew: () => string) => string[];

const stepsFrom: Record<string, Record<string, TakeStep>> = {
  '': { add: (list, makeNew) => [...list, makeNew()] },
  add: { use: (list) => [...list.slice(-1), ...list.slice(0, -1)] },
  use: { drop: (list) => list.slice(0, 1) },
};

/** Returns a random text that needs no quotes in URLs and configuration files. */
export const newSecret = () => randomBytes(32).toString('hex');

/**
 * Returns the values after a step, or `values` if the step is already done.
 * @throws Error if a different step must come first, or if `drop` comes too early
 */
export function rotateLists(
  values: Values,
  names: ListNames,
  step: string,
  { now = new Date(), early = false }: RotationOptions = {},
): Values {
  const [done = '', since = ''] = (values[names.state] ?? '').split(' ');
  if (done === step || (step === 'drop' && !done)) return values;
  const takeStep = stepsFrom[done]?.[step];
  if (!takeStep) throw new Error(`the next step is ${Object.keys(stepsFrom[done] ?? {}).join()}, not ${step}`);
  const dueAt = new Date(Date.parse(since) + HOURS_BEFORE_DROP * HOUR_MS);
  if (step === 'drop' && !early && now < dueAt) {
    throw new Error(
      `users without a request since ${since} would be signed out: drop after ${dueAt.toISOString()}, or use --now`,
    );
  }
  const changed = { ...values };
  for (const name of names.secrets) changed[name] = takeStep(listOf(values, name), newSecret).join(',');
  const privateKeys = takeStep(listOf(values, names.privateKeys), () => generateIdentityKeys().privateKey);
  changed[names.privateKeys] = privateKeys.join(',');
  changed[names.publicKeys] = publicKeysOf(privateKeys).join(',');
  if (step === 'drop') delete changed[names.state];
  else changed[names.state] = `${step} ${now.toISOString()}`;
  return changed;
}

function listOf(values: Values, name: string): string[] {
  const text = values[name];
  if (!text) throw new Error(`${name} is missing`);
  // A line break can separate two values. A PEM block contains line breaks, so the pattern matches the whole block.
  const parts = text.match(/-----BEGIN ([A-Z ]+)-----[^]*?-----END \1-----|[^,\r\n]+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
