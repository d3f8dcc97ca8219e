import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface RunningWorker {
  pid: number;
  /** The port that all workers share. */
  port: number;
  warnings: string[];
  /** Increments the counter `times` times, and resolves after the last increment. */
  work(times: number): Promise<void>;
  render(): Promise<Page>;
  /** Ends the worker gracefully. */
  end(): Promise<void>;
  kill(): Promise<void>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

export interface Page {
  text: string;
  /** The value of a series; 0 if it does not exist. */
  value(series: string): number;
}

/** Starts workers of a real cluster that share a folder. `close` ends all workers. */
export async function createCluster() {
  const directory = await mkdtemp(join(tmpdir(), 'metrics-'));
  const workers = new Set<RunningWorker>();
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('programs/worker.mjs', import.meta.url)),
    execArgv: [],
    silent: true,
  });
  return {
    directory,
    living: () => [...workers],
    async start(options: Record<string, unknown> = {}): Promise<RunningWorker> {
      const worker = await runWorker({ directory, ...options }, () => workers.delete(worker));
      workers.add(worker);
      return worker;
    },
    async close() {
      await Promise.all([...workers].map((worker) => worker.kill()));
      await rm(directory, { recursive: true });
    },
  };
}

async function runWorker(options: object, onExit: () => void): Promise<RunningWorker> {
  const process = cluster.fork({ WORKER: JSON.stringify(options), NODE_OPTIONS: '' });
  const exited = once(process, 'exit').finally(onExit);
  const { call, warnings, port } = listenTo(process, exited);
  return {
    pid: process.process.pid!,
    port: await port,
    warnings,
    work: async (times) => void (await call('work', times)),
    render: async () => pageOf((await call('render')) as string),
    end: async () => {
      await call('close');
      await exited;
    },
    kill: async () => {
      process.process.kill('SIGKILL');
      await exited;
    },
    signal: (name) => void process.process.kill(name),
  };
}

interface Message {
  id?: number;
  result?: unknown;
  warning?: string;
  fields?: string;
  port?: number;
}

function listenTo(process: Worker, exited: Promise<unknown>) {
  const warnings: string[] = [];
  const waiting = new Map<number, (result: unknown) => void>();
  let calls = 0;
  const died = exited.then(() => {
    throw new Error('the worker has ended');
  });
  died.catch(() => undefined);
  const port = new Promise<number>((resolve) => {
    process.on('message', (message: Message) => {
      if (message.port !== undefined) resolve(message.port);
      if (message.warning !== undefined) warnings.push(`${message.warning}: ${message.fields}`);
      if (message.id !== undefined) waiting.get(message.id)?.(message.result);
    });
  });
  return {
    warnings,
    port: Promise.race([port, died]),
    call: (name: string, argument?: unknown): Promise<unknown> => {
      const id = ++calls;
      const answered = new Promise((resolve) => waiting.set(id, resolve));
      process.send({ id, call: name, argument }, () => undefined);
      return Promise.race([answered, died]);
    },
  };
}

export function pageOf(text: string): Page {
  const lines = text.split('\n');
  return {
    text,
    value: (series) => Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length + 1) ?? 0),
  };
}
