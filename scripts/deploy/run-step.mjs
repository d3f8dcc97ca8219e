// @ts-check
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { sendGroup } from '../../platform/src/processes/processes.ts';
import { Refusal } from '../../platform/src/terminal.ts';

const OUTPUT_CHARACTERS_MAX = 4_000;
const KILL_AFTER_MS = 5_000;

/**
 * @typedef {object} Step
 * @property {string} cwd
 * @property {AbortSignal} signal ends it
 * @property {string} failure the sentence for the user, without its full stop
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} timeoutMs
 */

/**
 * Runs a program to its end. It leads a process group, so that Ctrl-C in the terminal reaches it through us alone, and its children end with it.
 * @param {string} command
 * @param {string[]} args
 * @param {Step} step
 * @returns {Promise<string>} what it printed, at most its last 4000 characters
 * @throws Refusal with the end of its output
 */
export async function runStep(command, args, { cwd, env = process.env, signal, failure, timeoutMs }) {
  signal.throwIfAborted();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (output = `${output}${chunk}`.slice(-OUTPUT_CHARACTERS_MAX)));
  }
  /** @type {Promise<string | undefined>} why it failed */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : (killedBy ?? `exit code ${code}`)));
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const end = () => {
    if (child.pid) void endGroup(child.pid, ended);
  };
  limit.addEventListener('abort', end, { once: true });
  const reason = await ended;
  limit.removeEventListener('abort', end);
  signal.throwIfAborted();
  if (reason === undefined) return output;
  const why = limit.aborted ? `it took longer than ${Math.round(timeoutMs / 1_000)} s` : reason;
  throw new Refusal(`${output.trim()}\n\n${failure} (${why}).`.trim());
}

/**
 * @param {number} pid
 * @param {Promise<unknown>} ended
 */
async function endGroup(pid, ended) {
  sendGroup(pid, 'SIGTERM');
  const isLate = Symbol();
  if ((await Promise.race([ended, delay(KILL_AFTER_MS, isLate, { ref: false })])) === isLate) sendGroup(pid, 'SIGKILL');
}
