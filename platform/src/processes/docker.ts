/** Runs docker in the root directory, which contains docker-compose.yml. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { root } from '../root.ts';
import { Refusal } from '../terminal.ts';
import { outputOf } from './programs.ts';
import { runProgram } from './run-program.ts';

/** Runs `docker`. @throws Refusal with the last output if docker fails */
export function docker(args: string[], signal?: AbortSignal): Promise<string> {
  const command = args.filter((arg) => !arg.startsWith('-')).slice(0, 2);
  return runProgram('docker', args, { failure: `docker ${command.join(' ')} failed`, signal });
}

export async function lastLines(container: string): Promise<string> {
  return (await outputOf('docker', 'logs', '--tail', '20', container)) ?? '';
}

/** Runs docker and shows its output to the user. @throws Refusal with the text `failure` when docker fails */
export async function showDocker(failure: string, args: string[]): Promise<void> {
  const child = spawn('docker', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Refusal(failure);
}
