import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The first of these programs that lies on PATH, with its directory. */
export async function findOnPath(...names: string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const directory of (process.env.PATH ?? '').split(delimiter)) {
      const file = join(directory, name);
      const usable = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (directory && usable) return file;
    }
  }
  return undefined;
}

/** What a program prints of itself, or undefined when it cannot be run. 10 s at most. */
export async function outputOf(command: string, ...args: string[]): Promise<string | undefined> {
  return run(command, args, { timeout: 10_000 }).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`,
    () => undefined,
  );
}

/** Debian or Ubuntu, and allowed to install. */
export function canUseApt(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

let lastInstallation: Promise<unknown> = Promise.resolve();

/**
 * Installs Debian packages without a question, one call after the other. Lists that are missing or old are fetched and it tries once more.
 * @throws Error with apt's own last line
 */
export async function installByApt(packages: string[], progress: (sentence: string) => void): Promise<void> {
  const installation = lastInstallation.then(async () => {
    progress(`Installing ${packages.join(' and ')} by apt`);
    try {
      await apt('install', ...packages);
    } catch {
      await apt('update');
      await apt('install', ...packages);
    }
  });
  lastInstallation = installation.catch(() => undefined);
  await installation;
}

async function apt(verb: 'update' | 'install', ...packages: string[]): Promise<void> {
  const options = ['-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  // Run level 1: the packages' own services are not started. We start what we need ourselves, on our own ports.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  try {
    await run('apt-get', [...options, verb, ...packages], { env, timeout: 600_000, maxBuffer: 64 * 1024 * 1024 });
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    const last = stderr?.trim().split('\n').at(-1);
    throw new Error(`apt-get ${verb} ${packages.join(' ')} failed: ${last ?? 'no output'}`, { cause });
  }
}
