import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { runProgram } from './run-program.ts';

/** Returns the path of the first of these programs that PATH contains. */
export async function findOnPath(...names: string[]): Promise<string | undefined> {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  const files = names.flatMap((name) => directories.map((directory) => join(directory, name)));
  const findings = await Promise.allSettled(files.map((file) => access(file, constants.X_OK)));
  return files.find((_, index) => findings[index]?.status === 'fulfilled');
}

/** Returns the output of a program. Undefined if the program cannot be run, fails, or takes longer than 10 s. */
export async function outputOf(command: string, ...args: string[]): Promise<string | undefined> {
  return promisify(execFile)(command, args, { timeout: 10_000 }).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`,
    () => undefined,
  );
}

export function canUseApt(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

let lastInstallation: Promise<void> = Promise.resolve(); // two runs of apt at the same time can fail

/** Installs Debian packages. After a failure, updates the package lists and tries once more. @throws Refusal */
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
  // At run level 1 a package does not start its own service. The platform starts its stores itself, on other ports.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const failure = `apt-get ${verb} ${packages.join(' ')} failed`;
  await runProgram('apt-get', [...options, verb, ...packages], { env, failure, timeoutMs: 600_000 });
}
