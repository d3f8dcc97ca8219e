import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { logBytes, openLog, tailOf } from './process-log.ts';
import { identityOf, recordProcess, stopProcess, stopRecorded } from './processes.ts';
import { isPortFree, takenPortSentence } from './ports.ts';
import { Refusal } from '../terminal.ts';
import { until } from '../until.ts';

export interface ProcessPlan {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The user that runs the program. Set if this process is root and the program refuses to run as root. */
  user?: { uid: number; gid: number } | undefined;
  /** Path of a file with the program's pid. The next run stops a program that a killed run left running. */
  recordFile: string;
  logFile: string;
  stopSignal: NodeJS.Signals;
  stopTimeoutMs: number;
  readyTimeoutMs: number;
  /** The ports of 127.0.0.1 that the program will listen on, each with the setting that changes the port. */
  ports: { port: number; setting: string }[];
  /** Returns whether the program is ready. supervise() asks repeatedly until `readyTimeoutMs` has passed. */
  isReady: () => Promise<boolean>;
  /** supervise() calls this function whenever the program is about to start or restart. */
  prepare?: () => Promise<void>;
  readable?: (line: string) => string;
}

class PortTakenError extends Refusal {}

/** A program that is started again whenever it ends by itself. */
export interface SupervisedProcess {
  readonly name: string;
  pid(): number | undefined;
  /** Stops the program and starts it again. Retries until the program is ready or stop() is called. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface Supervision {
  /** Receives one sentence when the program ends, cannot restart or runs again. */
  report: (sentence: string) => void;
  /** Number of attempts to start the program for the first time. Default: 1. */
  attempts?: number;
  signal?: AbortSignal | undefined;
}

const BACK_OFF_MS_MAX = 10_000;
/** A program that ran longer than this time restarts after the shortest pause. */
const HEALTHY_AFTER_MS = 30_000;

/**
 * Starts a program, and restarts the program whenever it ends. The pauses before the restarts grow. `attempts` limits
 * only the first start. If a killed run left the program running, stops that program first. The program has its own
 * process group, so Ctrl-C does not reach the program.
 * @throws Refusal when all attempts of the first start have failed, or immediately when a port is in use
 */
export async function supervise(
  plan: ProcessPlan,
  { report, attempts = 1, signal }: Supervision,
): Promise<SupervisedProcess> {
  let child: ChildProcess | undefined;
  let failures = 0;
  let halt = new AbortController();
  let revival: Promise<void> = Promise.resolve();

  /** Starts the program once. If the program does not become ready, no process of the program remains. */
  async function start(): Promise<void> {
    const startedAt = performance.now();
    const { signal: halted } = halt;
    const started = await startOnce(plan, halted);
    child = started;
    started.once('exit', (code, killedBy) => {
      // After stop(), do nothing. Check `halted`, because restart() can replace `halt` before the exit is reported.
      if (halted.aborted) return;
      child = undefined;
      if (performance.now() - startedAt > HEALTHY_AFTER_MS) failures = 0;
      const how = killedBy ? `was killed by ${killedBy}` : `stopped by itself (exit code ${code})`;
      report(`${plan.name} ${how}; starting it again. Its output: ${plan.logFile}`);
      revival = revive(backOffMs(failures++));
    });
  }

  async function revive(waitMs: number): Promise<void> {
    while (await delay(waitMs, true, { signal: halt.signal }).catch(() => false)) {
      try {
        await start();
        report(`${plan.name} runs again.`);
        return;
      } catch (error) {
        if (halt.signal.aborted) return;
        waitMs = backOffMs(failures++);
        report(`${(error as Error).message}\nTrying again in ${waitMs / 1000} s.`);
      }
    }
  }

  async function stop(): Promise<void> {
    halt.abort();
    await revival;
    if (child) await stopChild(plan, child);
    child = undefined;
  }

  async function restart(): Promise<void> {
    await stop();
    halt = new AbortController();
    failures = 0;
    revival = revive(0);
    await revival;
  }

  const leftover = await stopRecorded(plan.recordFile, stopOf(plan));
  if (leftover) report(`${plan.name}: stopped pid ${leftover.pid}, which a killed start had left running`);
  const giveUp = () => halt.abort();
  signal?.addEventListener('abort', giveUp);
  if (signal?.aborted) giveUp();
  for (let attempt = 1; !child; attempt += 1) {
    await start().catch(async (error: unknown) => {
      if (attempt >= attempts || error instanceof PortTakenError || halt.signal.aborted) throw error;
      await delay(backOffMs(attempt - 1), true, { signal: halt.signal }).catch(() => false);
    });
  }
  signal?.removeEventListener('abort', giveUp);
  return { name: plan.name, pid: () => child?.pid, stop, restart };
}

async function startOnce(plan: ProcessPlan, halt: AbortSignal): Promise<ChildProcess> {
  if (halt.aborted) throw new Refusal(`${plan.name} was stopped before it was started.`);
  await plan.prepare?.();
  for (const { port, setting } of plan.ports) {
    if (!(await isPortFree(port))) throw new PortTakenError(await takenPortSentence(port, plan.name, setting));
  }
  const offset = logBytes(plan.logFile);
  const child = await launch(plan);
  try {
    await becomeReady(plan, child, offset, halt);
    return child;
  } catch (error) {
    await stopChild(plan, child);
    throw error;
  }
}

async function launch(plan: ProcessPlan): Promise<ChildProcess> {
  // If this process is killed, a pipe would break, and the program would fail. So the program's output goes to a file.
  const log = openLog(plan.logFile);
  try {
    const child = spawn(plan.command, plan.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: plan.env ?? process.env,
      ...(plan.cwd === undefined ? {} : { cwd: plan.cwd }),
      ...plan.user,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(new Refusal(`${plan.name} cannot be started: ${error.message}`)));
    });
    if (child.pid !== undefined) await recordProcess(plan.recordFile, child.pid, plan.name);
    return child;
  } finally {
    closeSync(log);
  }
}

async function becomeReady(plan: ProcessPlan, child: ChildProcess, offset: number, halt: AbortSignal): Promise<void> {
  const { name, logFile, readyTimeoutMs: timeoutMs } = plan;
  const failure = async (what: string) =>
    new Refusal(`${name} ${what}.${await tailOf(logFile, offset, plan.readable)}`);
  const late = () => failure(`was not ready within ${timeoutMs / 1000} s`);
  const isReady = async () => {
    const isReadyNow = await plan.isReady();
    if (halt.aborted) throw new Refusal(`${name} was stopped before it was ready.`);
    if (hasEnded(child)) throw await failure(`did not start (${child.signalCode ?? `exit code ${child.exitCode}`})`);
    return isReadyNow;
  };
  await until(late, isReady, { timeoutMs, everyMs: 50 });
}

async function stopChild(plan: ProcessPlan, child: ChildProcess): Promise<void> {
  const { pid = 0 } = child;
  const identity = hasEnded(child) ? undefined : await identityOf(pid);
  if (identity) await stopProcess({ pid, identity }, stopOf(plan));
  await rm(plan.recordFile, { force: true });
}

function stopOf({ stopSignal, stopTimeoutMs }: ProcessPlan) {
  return { signal: stopSignal, timeoutMs: stopTimeoutMs };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function backOffMs(failures: number): number {
  return Math.min(250 * 2 ** failures, BACK_OFF_MS_MAX);
}
