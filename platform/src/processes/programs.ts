/** Programs of this machine: which are installed, what they print, and how to install Debian's. */
import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The path of the first of these programs that is on PATH. */
export async function findOnPath(...names: string[]): Promise<string | undefined> {
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

/** What a program prints, or undefined when it cannot be run, fails, or takes longer than 10 s. */
export async function outputOf(command: string, ...args: string[]): Promise<string | undefined> {
  return run(command, args, { timeout: 10_000 }).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`,
    () => undefined,
  );
}

/** Whether this is Debian or Ubuntu, and this user may install packages. */
export function canUseApt(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

let lastInstallation: Promise<void> = Promise.resolve(); // apt runs once at a time

/**
 * Installs Debian packages without questions, one call after the other. If that fails, fetches the package lists and
 * tries once more.
 * @throws Error with apt's own last line
 */
export function installByApt(packages: string[], progress: (sentence: string) => void): Promise<void> {
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
  return installation;
}

async function apt(verb: 'update' | 'install', packages: string[]): Promise<void> {
  const options = ['-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  // Run level 1: apt does not start the packages' own services. The stores run on other ports.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    await run('apt-get', [...options, verb, ...packages], { env, timeout: 600_000, maxBuffer: 64 * 1024 * 1024 });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    const last = stderr.trim().split('\n').at(-1);
    throw new Error(`apt-get ${verb} ${packages.join(' ')} failed: ${last ?? 'no output'}`, { cause });
  }
}
