import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../root.ts';
import { Refusal } from '../../terminal.ts';
import type { Source } from './make-release.ts';

/** The user's request. */
export interface Order {
  base: string;
  list: boolean;
  source: Source;
  /** Releases that are kept. */
  keep: number;
  /** How long a new worker is watched. */
  settleMs: number;
  /** How long a service may take to become ready in the trial. */
  trialTimeoutMs: number;
}

/** @throws Refusal that says what to type */
export function readOrder(args: string[]): Order {
  const { base, list, ref, from, release } = parsed(args);
  const folder = base ?? process.env.RELEASE_BASE ?? baseOfThisRelease();
  if (!folder)
    throw new Refusal('Say where the releases live: npm run release -- pm2 --base DIR, or set RELEASE_BASE.');
  if ([ref, from, release].filter((value) => value !== undefined).length > 1)
    throw new Refusal('--ref, --from and --release exclude each other: a build has one source.');
  return {
    base: resolve(folder),
    list: list === true,
    source: release ? { release } : from ? { from: resolve(from) } : { ref: ref ?? 'HEAD' },
    keep: count('RELEASE_KEEP', 5, 2),
    settleMs: count('RELEASE_SETTLE_MS', 3_000, 0),
    trialTimeoutMs: count('RELEASE_TRIAL_TIMEOUT_MS', 30_000, 100),
  };
}

function parsed(args: string[]) {
  const text = { type: 'string' } as const;
  const options = { base: text, ref: text, from: text, release: text, list: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\nnpm run release -- --help lists what this command takes.`);
  }
}

/** This command may run from a release, `BASE/releases/ID`. */
function baseOfThisRelease(): string | undefined {
  const folder = dirname(root);
  return folder === resolve(root, '../../releases') ? dirname(folder) : undefined;
}

function count(name: string, otherwise: number, min: number): number {
  const value = Number(process.env[name] ?? otherwise);
  if (Number.isInteger(value) && value >= min) return value;
  throw new Refusal(`${name} must be a whole number from ${min}, but is "${process.env[name]}".`);
}
