import { spawn } from 'node:child_process';
import { root } from '../root.ts';
import { Refusal } from '../terminal.ts';

const OUTPUT_CHARACTERS_MAX = 20_000;

/**
 * Runs a program to its end, in the root directory. Its output is shown only when it fails.
 * @param options failure: the sentence that follows the output
 * @throws Refusal with the end of its output
 */
export function runProgram(
  command: string,
  args: string[],
  { failure, env = process.env }: { failure: string; env?: NodeJS.ProcessEnv },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-OUTPUT_CHARACTERS_MAX)));
    }
    child.once('error', (error) => reject(new Refusal(`${failure}: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Refusal(`${output.trim()}\n\n${failure} (${signal ?? `exit code ${code}`}).`));
    });
  });
}
