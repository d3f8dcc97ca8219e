/** PM2's daemon, by the documented API of the `pm2` module: connect, list, start, delete, dump, launchBus. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../../root.ts';
import { Refusal } from '../../terminal.ts';
import type { AppPlan } from './app-plans.ts';

const CALL_TIMEOUT_MS = 30_000;
/** A worker's message arrives on another socket than the daemon's reply. */
const MESSAGE_GRACE_MS = 1_000;
const POLL_MS = 100;
/** PM2's own limit of the wait between two starts. */
const RESTART_DELAY_MS_MAX = 15_000;

/** One process that PM2 runs. */
export interface Worker {
  /** PM2's number of this worker. */
  id: number;
  pid: number;
  app: string;
  /** The release that it runs. */
  folder: string;
  status: string;
  restarts: number;
  /** How long PM2 waited before it last started this worker again. */
  restartDelayMs: number;
}

/** A new worker. `id` is undefined if PM2 has not started it. */
interface Started {
  id: number | undefined;
  worker: Worker | undefined;
  isReady: boolean;
}

/** A connection to the daemon. */
export interface Pm2Client {
  workers: () => Promise<Worker[]>;
  /** Starts one more worker beside the others. Resolves when it has sent `ready`, has ended, or the time is over. */
  startWorker: (app: AppPlan, options: { patienceMs: number; signal: AbortSignal }) => Promise<Started>;
  /** Stops a worker with its whole drain, and makes sure that it does not start again. */
  removeWorker: (worker: { id: number }, timeoutMs: number) => Promise<void>;
  /** Writes what `pm2 resurrect` starts, if the operator has used `pm2 save` before. */
  save: () => Promise<void>;
  close: () => void;
}

interface Entry {
  pid?: number;
  pm_id: number;
  name: string;
  pm2_env: {
    pm_cwd: string;
    status: string;
    restart_time: number;
    unstable_restarts?: number;
    prev_restart_delay?: number;
  };
}

type Done<Value> = (error: unknown, result?: Value) => void;
type Bus = NodeJS.EventEmitter;
/** The part of the module that is used. Its own types lack documented options. */
interface Pm2Module {
  connect: (done: Done<unknown>) => void;
  list: (done: Done<Entry[]>) => void;
  start: (script: string, options: object, done: Done<unknown>) => void;
  delete: (id: number, done: Done<unknown>) => void;
  dump: (force: boolean, done: Done<unknown>) => void;
  launchBus: (done: Done<Bus>) => void;
  disconnect: () => void;
}

/** Connects to the daemon of PM2_HOME, and starts one if none runs. */
export async function openPm2(): Promise<Pm2Client> {
  const pm2 = loadPm2();
  await called('connect', CALL_TIMEOUT_MS, (done) => pm2.connect(done));
  const bus = await called<Bus>('launchBus', CALL_TIMEOUT_MS, (done) => pm2.launchBus(done));
  const ready = new Set<number>();
  bus.on('process:msg', (packet: { raw?: unknown; process: { pm_id: number } }) => {
    if (packet.raw === 'ready') ready.add(packet.process.pm_id);
  });
  const workers = async () => (await called<Entry[]>('list', CALL_TIMEOUT_MS, (done) => pm2.list(done))).map(workerOf);
  const find = async (id: number) => (await workers()).find((worker) => worker.id === id);

  return {
    workers,
    async startWorker(app, { patienceMs, signal }) {
      const giveUpAt = performance.now() + patienceMs + MESSAGE_GRACE_MS;
      const before = new Set((await workers()).map(({ id }) => id));
      let failure: Error | undefined;
      // PM2 replies when the worker is ready, has ended, or listen_timeout is over.
      called('start', app.listen_timeout + CALL_TIMEOUT_MS, (done) =>
        pm2.start(join(app.cwd, app.script), startOptions(app), done),
      ).catch((error: unknown) => (failure = error as Error));
      for (let first: Worker | undefined; ; await delay(POLL_MS)) {
        const worker = (await workers()).find(({ id, app: name }) => name === app.name && !before.has(id));
        if (worker && worker.pid > 0) first ??= worker;
        if (failure) throw failure;
        if (first) {
          signal.throwIfAborted(); // not earlier: going back must find the worker in the list
          const hasEnded = worker?.pid !== first.pid || worker.restarts > 0;
          const isReady = ready.has(first.id) && !hasEnded;
          if (isReady || hasEnded) return { id: first.id, worker, isReady };
        }
        if (performance.now() > giveUpAt) return { id: first?.id, worker, isReady: false };
      }
    },
    async removeWorker({ id }, timeoutMs) {
      // PM2 7.0.4 restarts a worker that is stopped while it starts, so wait until it has started.
      for (let worker = await settled(id); worker; worker = await settled(id)) {
        await called('delete', timeoutMs + CALL_TIMEOUT_MS, (done) => pm2.delete(id, done));
        ready.delete(id);
        if (worker.restarts > 0)
          await delay(Math.min(RESTART_DELAY_MS_MAX, worker.restartDelayMs * 2) + MESSAGE_GRACE_MS);
      }

      async function settled(one: number) {
        const giveUpAt = performance.now() + timeoutMs;
        for (;;) {
          const worker = await find(one);
          if (worker?.status !== 'launching' || performance.now() > giveUpAt) return worker;
          await delay(POLL_MS);
        }
      }
    },
    async save() {
      const home = process.env.PM2_HOME ?? join(homedir(), '.pm2');
      if (existsSync(join(home, 'dump.pm2'))) await called('dump', CALL_TIMEOUT_MS, (done) => pm2.dump(true, done));
    },
    close: () => pm2.disconnect(),
  };
}

/**
 * `force` starts a worker beside those of the same name. Outside a file, PM2 reads options in camel case, and `args`
 * as `scriptArgs`.
 */
function startOptions({ args, ...app }: AppPlan): object {
  const options = Object.entries({ ...app, instances: 1, force: true }).map(([key, value]) => [
    key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return { ...(Object.fromEntries(options) as object), scriptArgs: args };
}

/**
 * The PM2 on PATH, because it outlives releases and checkouts; otherwise the checkout's own. The daemon starts
 * workers with files of the folder that it was started from, so that folder must stay.
 */
function loadPm2(): Pm2Module {
  const folder = installedFolder() ?? join(root, 'node_modules/pm2');
  try {
    return createRequire(join(folder, 'package.json'))(folder) as Pm2Module;
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new Refusal(`PM2 could not be loaded from ${folder}: ${reason}. Install it: npm install --global pm2@7.0.4`);
  }
}

/**
 * npm puts the checkout's own programs in front of PATH. Those are skipped, and so are wrappers that are not PM2
 * itself.
 */
function installedFolder(): string | undefined {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    if (directory === '' || directory.endsWith('node_modules/.bin')) continue;
    try {
      const folder = resolve(dirname(realpathSync(join(directory, 'pm2'))), '..'); // <folder>/bin/pm2
      const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
      if (name === 'pm2') return folder;
    } catch {
      continue;
    }
  }
  return undefined;
}

function workerOf({ pid = 0, pm_id: id, name: app, pm2_env: env }: Entry): Worker {
  return {
    id,
    pid,
    app,
    folder: existsSync(env.pm_cwd) ? realpathSync(env.pm_cwd) : env.pm_cwd, // a link: the worker runs its target
    status: env.status,
    restarts: env.restart_time + (env.unstable_restarts ?? 0),
    restartDelayMs: env.prev_restart_delay ?? 0,
  };
}

/** @throws Refusal when the daemon refuses, or does not reply in time */
function called<Value>(order: string, timeoutMs: number, call: (done: Done<Value>) => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Refusal(`PM2's daemon did not reply to "${order}" within ${Math.round(timeoutMs / 1_000)} s.`));
    }, timeoutMs).unref();
    call((error, result) => {
      clearTimeout(timer);
      if (!error) return resolve(result as Value);
      const [first] = [error].flat() as { message?: string; msg?: string }[];
      reject(new Refusal(`PM2 refused "${order}": ${first?.message ?? first?.msg ?? JSON.stringify(first)}`));
    });
  });
}
