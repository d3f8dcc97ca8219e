import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../root.ts';
import { Refusal } from '../terminal.ts';
import { sendGroup } from './processes.ts';

const OUTPUT_CHARACTERS_MAX = 20_000;
const KILL_AFTER_MS = 5_000;

interface Run {
  /** The error message for the user, without a full stop. */
  failure: string;
  /** The working directory of the program. Default: the root directory of the repository. */
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  input?: string | undefined;
  /**
   * An abort of this AbortSignal ends the program and its children. With an AbortSignal, the program runs in its own
   * process group, so Ctrl-C does not reach the program.
   */
  signal?: AbortSignal;
  timeoutMs?: number;
}

/**
 * Runs a program and returns its output on stdout.
 * @throws Refusal with the end of the program's output, if the program fails or takes longer than `timeoutMs`
 * @throws the reason of the abort, if `signal` aborts
 */
export async function runProgram(command: string, args: string[], options: Run): Promise<string> {
  const { failure, cwd = root, env = process.env, signal, timeoutMs, input } = options;
  signal?.throwIfAborted();
  const child = spawn(command, args, { cwd, env, detached: signal !== undefined, stdio: 'pipe' });
  child.stdin.on('error', () => undefined).end(input); // a program may end before it reads all input: ignore the error
  let [printed, output] = ['', ''];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stdout.on('data', (chunk: string) => (printed += chunk));
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : (killedBy ?? `exit code ${code}`)));
  });
  const limits = [...(signal ? [signal] : []), ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)])];
  const limit = AbortSignal.any(limits);
  const end = () => void endGroup(child.pid, ended);
  limit.addEventListener('abort', end, { once: true });
  const reason = await ended;
  limit.removeEventListener('abort', end);
  signal?.throwIfAborted();
  if (reason === undefined) return printed;
  const why = limit.aborted ? `it took longer than ${Math.round((timeoutMs ?? 0) / 1_000)} s` : reason;
  throw new Refusal(`${output.trim().slice(-OUTPUT_CHARACTERS_MAX)}\n\n${failure} (${why}).`.trim());
}

async function endGroup(pid: number | undefined, ended: Promise<unknown>): Promise<void> {
  if (pid === undefined) return;
  sendGroup(pid, 'SIGTERM');
  const isLate = Symbol();
  if ((await Promise.race([ended, delay(KILL_AFTER_MS, isLate, { ref: false })])) === isLate) sendGroup(pid, 'SIGKILL');
}
