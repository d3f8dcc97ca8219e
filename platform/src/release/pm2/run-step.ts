import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { sendGroup } from '../../processes/processes.ts';
import { Refusal } from '../../terminal.ts';

const OUTPUT_CHARACTERS_MAX = 4_000;
const KILL_AFTER_MS = 5_000;

/** How a program is run. */
export interface Step {
  cwd: string;
  /** Ends it. */
  signal: AbortSignal;
  /** The sentence for the user, without its full stop. */
  failure: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs: number;
}

/**
 * Runs a program to its end. It leads a process group: Ctrl-C in the terminal does not reach it directly, and its children end with it.
 * @returns what it printed
 * @throws Refusal with the end of its output
 */
export async function runStep(command: string, args: string[], step: Step): Promise<string> {
  const { cwd, env = process.env, signal, failure, timeoutMs } = step;
  signal.throwIfAborted();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : (killedBy ?? `exit code ${code}`)));
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const end = () => void endGroup(child.pid, ended);
  limit.addEventListener('abort', end, { once: true });
  const reason = await ended;
  limit.removeEventListener('abort', end);
  signal.throwIfAborted();
  if (reason === undefined) return output;
  const why = limit.aborted ? `it took longer than ${Math.round(timeoutMs / 1_000)} s` : reason;
  throw new Refusal(`${output.trim().slice(-OUTPUT_CHARACTERS_MAX)}\n\n${failure} (${why}).`.trim());
}

async function endGroup(pid: number | undefined, ended: Promise<unknown>): Promise<void> {
  if (pid === undefined) return;
  sendGroup(pid, 'SIGTERM');
  const isLate = Symbol();
  if ((await Promise.race([ended, delay(KILL_AFTER_MS, isLate, { ref: false })])) === isLate) sendGroup(pid, 'SIGKILL');
}
