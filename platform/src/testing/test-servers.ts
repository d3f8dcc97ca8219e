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
import { childrenOf, identityOf, recordProcess, send } from '../processes/processes.ts';
import { freePort } from '../processes/ports.ts';
import { planRedis } from '../stores/redis.ts';
import type { PlannedStore, StorePlace } from '../stores/store-place.ts';

/** A server for one test file, in which a test can cause faults. It ends with this process. */
export interface TestServer {
  url: string;
  /** The pid of the server, which changes after `start`. */
  readonly pid: number;
  /** Stops the server and its children with SIGSTOP: connections stay open and get no reply. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Kills the server and waits until it has ended. A second call does nothing. */
  kill(): Promise<void>;
  /** Starts the server after `kill`, with the same port and data. Resolves when the server responds. */
  start(): Promise<void>;
  /** Kills the server and removes its data. */
  close(): Promise<void>;
}

/**
 * A Redis server for one test file, because the logical databases of one server share pub/sub. It never evicts keys, and
 * loses all data when it is killed.
 */
export type TestRedis = TestServer;
export type TestMongod = TestServer;

/** A PostgreSQL server with the empty database of the first service and its two roles. */
export interface TestPostgres extends TestServer {
  /** The URL with which migrations connect (DATABASE_OWNER_URL). */
  ownerUrl: string;
  /** The URL of a role with all rights. */
  adminUrl: string;
  /** The directory of its data. */
  dataDirectory: string;
}

export function createTestRedis(): Promise<TestRedis> {
  return createServer('redis', async (place) => ({ ...(await planRedis(place)), prepared: {} }));
}

/**
 * Starts a PostgreSQL server for a test that disturbs the server, or needs its own settings. Other tests share a server:
 * createTestDatabase makes a database on it.
 */
export function createTestPostgres({
  settings = {},
}: { settings?: Record<string, string> } = {}): Promise<TestPostgres> {
  return createServer('postgres', async (place) => {
    const { ownerUrl, adminUrl, ...postgres } = await planPostgres(place, settings);
    return { ...postgres, prepared: { ownerUrl, adminUrl, dataDirectory: postgres.plan.cwd ?? '' } };
  });
}

/** Starts a MongoDB server, or its stand-in, for a test that disturbs the server. Other tests share a server: see createTestMongo. */
export function createTestMongod(): Promise<TestMongod> {
  return createServer('mongo', async (place) => ({ ...(await planMongo(place)), prepared: {} }));
}

interface Plan<More> extends PlannedStore {
  prepared: More;
}

async function createServer<More>(
  name: string,
  planFor: (place: StorePlace) => Promise<Plan<More>>,
): Promise<TestServer & More> {
  const directory = await mkdtemp(join(process.env.TEST_STORES_DIRECTORY ?? tmpdir(), `${name}-`));
  await chmod(directory, 0o711); // PostgreSQL may run as another user, who must be able to enter the directory
  const quiet = { progress: () => undefined };
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const { plan, url, prepared, afterStart } = await planFor({ directory, port, throwaway: true, ...quiet });
    const server = controlled(plan, url, directory);
    try {
      await server.start();
      await afterStart?.();
      return Object.defineProperties(server, Object.getOwnPropertyDescriptors(prepared)) as TestServer & More;
    } catch (error) {
      await server.kill();
      // Another process may have taken the port, so try again with another port.
      if (attempt === 3) throw error;
    }
  }
}

function controlled(plan: ProcessPlan, url: string, directory: string): TestServer {
  let child: ChildProcess | undefined;
  let gone = Promise.resolve();
  const killIt = () => child?.kill('SIGKILL');

  async function signalAll(signal: NodeJS.Signals): Promise<void> {
    const { pid } = server;
    // The parent gets the signal first, because a frozen parent starts no more children.
    send(pid, signal);
    for (const one of await childrenOf(pid)) send(one, signal);
  }

  const server: TestServer = {
    url,
    get pid() {
      if (child?.pid === undefined) throw new Error(`${plan.name} does not run`);
      return child.pid;
    },
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    async kill() {
      if (!child) return;
      // A frozen server starts no more children, so freeze it first. A child that survives would block the data of
      // PostgreSQL, and the next start would fail.
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
