/** Runs docker in the root directory, which contains docker-compose.yml. */
import { spawn } from 'node:child_process';
import { root } from '../root.ts';
import { Refusal } from '../terminal.ts';
import { outputOf } from './programs.ts';
import { runProgram } from './run-program.ts';

/** @throws Refusal with the output of docker */
export function docker(args: string[], signal?: AbortSignal): Promise<string> {
  return runProgram('docker', args, { failure: `docker ${args.slice(0, 2).join(' ')} failed`, signal });
}

export async function lastLines(container: string): Promise<string> {
  return (await outputOf('docker', 'logs', '--tail', '20', container)) ?? '';
}

/** Runs docker and shows its output to the user. @throws Refusal with the text `failure` when docker fails */
export function showDocker(failure: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Refusal(failure))));
  });
}
