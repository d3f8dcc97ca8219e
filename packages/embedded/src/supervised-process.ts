import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, createReadStream, mkdirSync, openSync, statSync, truncateSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  identityOf,
  isPortFree,
  recordProcess,
  send,
  sendGroup,
  stopRecorded,
  takenPortSentence,
} from './processes.mjs';

/** A program to run: how to start it, when it is ready, and how it is stopped. */
export interface ProcessPlan {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The user to run as, where this process is root and the program refuses that. */
  user?: { uid: number; gid: number } | undefined;
  /** Remembers the process for the next start, which stops what a killed one left behind. */
  recordFile: string;
  /** Its output is appended here; emptied at a start once it is longer than 10 MB. */
  logFile: string;
  stopSignal: NodeJS.Signals;
  stopTimeoutMs: number;
  readyTimeoutMs: number;
  /** The ports of 127.0.0.1 that it will listen on, each with the name of the setting that moves it. */
  ports: { port: number; setting: string }[];
  /** Asked until it says true. */
  isReady(): Promise<boolean>;
  /** Runs before each start, the second and later ones too. */
  prepare?(): Promise<void>;
}

export interface SupervisedProcess {
  readonly name: string;
  /** The pid that runs now; undefined between a death and the next start. */
  pid(): number | undefined;
  /** Stops it and starts it again; resolves when it is ready. */
  restart(): Promise<void>;
  /** Stops it for good; kills it when it takes longer than its plan allows. */
  stop(): Promise<void>;
  /** Kills it at once, without waiting. */
  kill(): void;
}

/** A program that did not become ready. The message ends with the last lines that it wrote. */
export class StartError extends Error {
  override name = 'StartError';
}

/** A port that the program needs is held by another one. The message names it, with its pid. */
export class PortTakenError extends Error {
  override name = 'PortTakenError';
}

interface Supervision {
  /** Told in one sentence whenever it dies and when it runs again. */
  report: (sentence: string) => void;
  /** How many starts in a row may fail before the first one is given up. */
  attempts?: number;
}

const LOG_BYTES_MAX = 10 * 1024 * 1024;
const TAIL_BYTES = 4096;
const BACK_OFF_MS = [250, 1000, 2000, 5000, 10_000];
/** One that lived this long starts its back-off anew. */
const HEALTHY_AFTER_MS = 30_000;

/**
 * Starts a program in a process group of its own, so that Ctrl-C reaches only this process, and keeps it running: one that dies is
 * started again with back-off. First stops what an earlier, killed run left behind.
 * @throws PortTakenError at once · StartError when it is not ready in time, or dies `attempts` times before it is
 */
export async function supervise(plan: ProcessPlan, { report, attempts = 1 }: Supervision): Promise<SupervisedProcess> {
  let child: ChildProcess | undefined;
  let stopping = false;
  let failures = 0;
  const ending = new AbortController();

  async function start(): Promise<void> {
    await plan.prepare?.();
    for (const { port, setting } of plan.ports) await refuseTakenPort(plan.name, port, setting);
    const offset = logSize(plan.logFile);
    const startedAt = Date.now();
    const started = await launch(plan);
    child = started;
    await becomeReady(plan, started, offset);
    started.once('exit', (code, signal) => void onDeath(startedAt, code, signal));
    if (started.exitCode !== null || started.signalCode !== null) {
      throw new StartError(`${plan.name} stopped as soon as it was ready.`);
    }
  }

  async function onDeath(startedAt: number, code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    if (stopping) return;
    child = undefined;
    if (Date.now() - startedAt > HEALTHY_AFTER_MS) failures = 0;
    const how = signal ? `was killed by ${signal}` : `stopped by itself (exit code ${code})`;
    report(`${plan.name} ${how}; starting it again. Its output: ${plan.logFile}`);
    await startAgain();
  }

  async function startAgain(): Promise<void> {
    while (!stopping) {
      const waitMs = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)] ?? 0;
      failures += 1;
      if (!(await pause(waitMs, ending.signal))) return;
      try {
        await start();
        report(`${plan.name} runs again.`);
        return;
      } catch (error) {
        if (stopping) return;
        report(`${messageOf(error)}\nTrying again.`);
      }
    }
  }

  async function stop(): Promise<void> {
    stopping = true;
    ending.abort();
    const current = child;
    if (current) await stopChild(plan, current);
    child = undefined;
  }

  await stopRecorded(plan.recordFile, { signal: plan.stopSignal, timeoutMs: plan.stopTimeoutMs });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await start();
      break;
    } catch (error) {
      if (child) await stopChild(plan, child);
      if (attempt >= attempts || error instanceof PortTakenError) throw error;
      await delay(BACK_OFF_MS[attempt - 1] ?? 1000);
    }
  }
  return {
    name: plan.name,
    pid: () => child?.pid,
    stop,
    kill: () => child?.pid !== undefined && sendGroup(child.pid, 'SIGKILL'),
    restart: async () => {
      stopping = true; // its death is wanted
      if (child) await stopChild(plan, child);
      stopping = false;
      await start();
    },
  };
}

async function refuseTakenPort(name: string, port: number, setting: string): Promise<void> {
  if (!(await isPortFree(port))) throw new PortTakenError(await takenPortSentence(port, name, setting));
}

async function launch(plan: ProcessPlan): Promise<ChildProcess> {
  mkdirSync(dirname(plan.logFile), { recursive: true });
  if (logSize(plan.logFile) > LOG_BYTES_MAX) truncateSync(plan.logFile);
  // A file rather than a pipe: the program neither waits for us nor breaks when we are killed.
  const log = openSync(plan.logFile, 'a', 0o600);
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
      child.once('error', (error) => reject(new StartError(`${plan.name} cannot be started: ${error.message}`)));
    });
    if (child.pid !== undefined) await recordProcess(plan.recordFile, child.pid, plan.name);
    return child;
  } finally {
    closeSync(log);
  }
}

async function becomeReady(plan: ProcessPlan, child: ChildProcess, logOffset: number): Promise<void> {
  const giveUpAt = Date.now() + plan.readyTimeoutMs;
  while (!(await plan.isReady())) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const how = child.signalCode ?? `exit code ${child.exitCode}`;
      throw new StartError(`${plan.name} did not start (${how}).${await tailOf(plan.logFile, logOffset)}`);
    }
    if (Date.now() > giveUpAt) {
      const tail = await tailOf(plan.logFile, logOffset);
      throw new StartError(`${plan.name} was not ready within ${plan.readyTimeoutMs / 1000} s.${tail}`);
    }
    await delay(50);
  }
}

async function stopChild(plan: ProcessPlan, child: ChildProcess): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    send(child.pid, 'SIGCONT'); // one that is stopped could not answer
    send(child.pid, plan.stopSignal);
    const pid = child.pid;
    const killer = setTimeout(() => sendGroup(pid, 'SIGKILL'), plan.stopTimeoutMs);
    if (await identityOf(pid)) await gone;
    clearTimeout(killer);
  }
  await rm(plan.recordFile, { force: true });
}

/** Resolves to false when the wait was ended early. */
async function pause(waitMs: number, signal: AbortSignal): Promise<boolean> {
  return delay(waitMs, true, { signal }).catch(() => false);
}

function logSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function tailOf(file: string, offset: number): Promise<string> {
  const start = Math.max(offset, logSize(file) - TAIL_BYTES);
  let text = '';
  for await (const chunk of createReadStream(file, { start, encoding: 'utf8' })) text += chunk;
  const lines = text.trim().split('\n').slice(-12);
  return text.trim() === '' ? '' : ` Its last lines:\n  ${lines.join('\n  ')}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
