import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { planMongo } from '../stores/mongo.ts';
import { planPostgres } from '../stores/postgres.ts';
import { openLog, tailOf } from '../processes/process-log.ts';
import type { ProcessPlan } from '../processes/supervised-process.ts';
import { childrenOf, identityOf, isSuspended, recordProcess, send } from '../processes/processes.ts';
import { freePort } from '../processes/ports.ts';
import { planRedis } from '../stores/redis.ts';
import type { PlannedStore, StorePlace } from '../stores/store-place.ts';

/** A server that a test can freeze and kill. The server ends when this process ends. */
export interface TestServer {
  url: string;
  /** Each `start` changes the pid. */
  readonly pid: number;
  /** Resolves when the server and its children are suspended. Connections stay open and get no reply. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Kills the server and waits until it has ended. A second call does nothing. */
  kill(): Promise<void>;
  /** Starts the server after `kill`, with the same port and directory. Resolves when the server responds. */
  start(): Promise<void>;
  /** Kills the server and removes its data. */
  close(): Promise<void>;
}

/** A Redis server for one test file, because pub/sub messages reach all databases. A kill loses all data. */
export type TestRedis = TestServer;
export type TestMongod = TestServer;

/** A PostgreSQL server. `url` leads to the empty database of the first service in services.ts. */
export interface TestPostgres extends TestServer {
  /** The URL with which migrations connect (DATABASE_OWNER_URL). */
  ownerUrl: string;
  /** The URL of a role with all rights. */
  adminUrl: string;
  dataDirectory: string;
}

export function createTestRedis(): Promise<TestRedis> {
  return createServer('redis', async (place) => ({ ...(await planRedis(place)), extras: {} }));
}

/** Starts a PostgreSQL server that a test can freeze, kill or configure. Other tests use createTestDatabase. */
export function createTestPostgres({
  settings = {},
}: { settings?: Record<string, string> } = {}): Promise<TestPostgres> {
  return createServer('postgres', async (place) => {
    const { ownerUrl, adminUrl, ...postgres } = await planPostgres(place, settings);
    return { ...postgres, extras: { ownerUrl, adminUrl, dataDirectory: postgres.plan.cwd ?? '' } };
  });
}

/** Starts a MongoDB server that a test can freeze or kill. Other tests use createTestMongo. */
export function createTestMongod(): Promise<TestMongod> {
  return createServer('mongo', async (place) => ({ ...(await planMongo(place)), extras: {} }));
}

interface Plan<More> extends PlannedStore {
  extras: More;
}

async function createServer<More>(
  name: string,
  planFor: (place: StorePlace) => Promise<Plan<More>>,
): Promise<TestServer & More> {
  const directory = await mkdtemp(join(process.env.TEST_STORES_DIRECTORY ?? tmpdir(), `${name}-`));
  await chmod(directory, 0o711); // the user `postgres` must be able to enter the directory
  const quiet = { progress: () => undefined };
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const { plan, url, extras, afterStart } = await planFor({ directory, port, throwaway: true, ...quiet });
    const server = controlled(plan, url, directory);
    try {
      await server.start();
      await afterStart?.();
      return Object.defineProperties(server, Object.getOwnPropertyDescriptors(extras)) as TestServer & More;
    } catch (error) {
      await server.kill();
      // Another process can take the free port before the server listens, so try again with a new port.
      if (attempt === 3) throw error;
    }
  }
}

function controlled(plan: ProcessPlan, url: string, directory: string): TestServer {
  let child: ChildProcess | undefined;
  let gone = Promise.resolve();
  const killIt = () => child?.kill('SIGKILL');

  /** Signals the server before its children, because a frozen server starts no children. Returns their pids. */
  async function signalAll(signal: NodeJS.Signals): Promise<number[]> {
    const { pid } = server;
    send(pid, signal);
    const children = await childrenOf(pid);
    for (const one of children) send(one, signal);
    return [pid, ...children];
  }

  const server: TestServer = {
    url,
    get pid() {
      if (child?.pid === undefined) throw new Error(`${plan.name} does not run`);
      return child.pid;
    },
    async freeze() {
      // On a busy machine, threads continue to run for up to 75 ms after SIGSTOP.
      for (const one of await signalAll('SIGSTOP')) while (!(await isSuspended(one))) await delay(1);
    },
    async thaw() {
      await signalAll('SIGCONT');
    },
    async kill() {
      if (!child) return;
      // A frozen server starts no children. A new child would survive the kill and block the next start.
      send(server.pid, 'SIGSTOP');
      const children = await childrenOf(server.pid);
      for (const one of [server.pid, ...children]) send(one, 'SIGKILL');
      await gone;
      for (const one of children) while ((await identityOf(one)) !== undefined) await delay(5);
      process.off('exit', killIt);
      child = undefined;
    },
    async start() {
      await plan.prepare?.();
      const started = launch(plan);
      child = started;
      gone = new Promise((resolve) => started.once('close', () => resolve()));
      process.once('exit', killIt);
      if (started.pid !== undefined) await recordProcess(plan.recordFile, started.pid, `${plan.name} of a test`);
      while (!(await plan.isReady()) || started.exitCode !== null) {
        if (started.exitCode !== null) throw new Error(`${plan.name} did not start.${await tailOf(plan.logFile, 0)}`);
        await delay(10);
      }
    },
    async close() {
      await server.kill();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return server;
}

function launch(plan: ProcessPlan): ChildProcess {
  const log = openLog(plan.logFile);
  try {
    const { command, args, cwd, user } = plan;
    return spawn(command, args, { stdio: ['ignore', log, log], ...(cwd === undefined ? {} : { cwd }), ...user });
  } finally {
    closeSync(log);
  }
}
