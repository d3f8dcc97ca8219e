// @ts-check
/** Programs of this machine: which are there, what they say of themselves, and how Debian's are installed. Plain JavaScript, for `npm run doctor` needs it on a fresh clone. */
import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The first of these programs that lies on PATH, with its directory.
 * @param {...string} names
 * @returns {Promise<string | undefined>}
 */
export async function findOnPath(...names) {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const file of names.flatMap((name) => directories.map((directory) => join(directory, name)))) {
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return file;
  }
  return undefined;
}

/**
 * What a program prints, or undefined when it cannot be run or fails. 10 s at most.
 * @param {string} command
 * @param {...string} args
 * @returns {Promise<string | undefined>}
 */
export async function outputOf(command, ...args) {
  return run(command, args, { timeout: 10_000 }).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`,
    () => undefined,
  );
}

/** Debian or Ubuntu, and allowed to install. */
export function canUseApt() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** @type {Promise<unknown>} */
let lastInstallation = Promise.resolve(); // apt runs once at a time

/**
 * Installs Debian packages without a question, one call after the other. Lists that are missing or old are fetched, and it tries once more.
 * @param {string[]} packages
 * @param {(sentence: string) => void} progress
 * @throws Error with apt's own last line
 */
export async function installByApt(packages, progress) {
  const installation = lastInstallation.then(async () => {
    progress(`Installing ${packages.join(' and ')} by apt`);
    try {
      await apt('install', packages);
    } catch {
      await apt('update', []);
      await apt('install', packages);
    }
  });
  lastInstallation = installation.catch(() => undefined);
  await installation;
}

/**
 * @param {'update' | 'install'} verb
 * @param {string[]} packages
 */
async function apt(verb, packages) {
  const options = ['-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  // Run level 1: the packages' own services are not started. We start what we need ourselves, on our own ports.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    await run('apt-get', [...options, verb, ...packages], { env, timeout: 600_000, maxBuffer: 64 * 1024 * 1024 });
  } catch (cause) {
    const { stderr = '' } = /** @type {{ stderr?: string }} */ (cause);
    const last = stderr.trim().split('\n').at(-1);
    throw new Error(`apt-get ${verb} ${packages.join(' ')} failed: ${last || 'no output'}`, { cause });
  }
}
