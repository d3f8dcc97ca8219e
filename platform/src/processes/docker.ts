/** Runs docker in the root directory, which contains docker-compose.yml. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { root } from '../root.ts';
import { Refusal } from '../terminal.ts';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * @returns the output on stdout
 * @throws Refusal with the output on stderr
 */
export async function docker(args: string[], signal?: AbortSignal): Promise<string> {
  const options = { cwd: root, maxBuffer: OUTPUT_BYTES_MAX, signal };
  const { stdout } = await run('docker', args, options).catch((error: Error & { stderr?: string }) => {
    throw new Refusal(`${[error.stderr, error.message].find(Boolean)}\n\ndocker ${args.slice(0, 2).join(' ')} failed.`);
  });
  return stdout;
}

/** Returns the last 20 lines that a container printed on stdout and stderr. */
export async function lastLines(container: string): Promise<string> {
  const { stdout, stderr } = await run('docker', ['logs', '--tail', '20', container]);
  return `${stdout}${stderr}`;
}

/**
 * Runs docker and shows its output to the user.
 * @throws Refusal with the text `failure` when docker fails
 */
export function showDocker(failure: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Refusal(failure))));
  });
}
