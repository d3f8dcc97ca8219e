// @ts-check
import { spawn } from 'node:child_process';
import { root } from './root.mjs';
import { Refusal } from './terminal.mjs';

const OUTPUT_CHARACTERS_MAX = 20_000;

/**
 * Runs a program to its end, in the root. Its output is shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ failure: string, env?: NodeJS.ProcessEnv }} options failure: the sentence that follows the output
 * @returns {Promise<void>}
 * @throws Refusal with the end of its output
 */
export function runProgram(command, args, { failure, env = process.env }) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => (output = `${output}${chunk}`.slice(-OUTPUT_CHARACTERS_MAX)));
    }
    child.once('error', (error) => fail(new Refusal(`${failure}: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) done();
      else fail(new Refusal(`${output.trim()}\n\n${failure} (${signal ?? `exit code ${code}`}).`));
    });
  });
}
