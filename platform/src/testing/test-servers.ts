import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { planMongo } from '../stores/mongo.ts';
import { planPostgres } from '../stores/postgres.ts';
import { openLog, tailOf } from '../processes/process-log.ts';
import type { ProcessPlan } from '../processes/process-plan.ts';
import { childrenOf, identityOf, recordProcess, send } from '../processes/processes.ts';
import { freePort } from '../processes/ports.ts';
import { planRedis } from '../stores/redis.ts';
import type { PlannedStore, StorePlace } from '../stores/store-place.ts';

/** A server for one test file, with faults on request. It ends with this process. */
export interface TestServer {
  url: string;
  /** The server's process; a new one after `start`. */
  readonly pid: number;
  /** Stops the server and its children with SIGSTOP: connections stay open and get no reply. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Kills it and waits until it is gone. A second call does nothing. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port and data; resolves when it answers. */
  start(): Promise<void>;
  /** Kills it and removes its data. */
  close(): Promise<void>;
}

/**
 * A Redis server, because pub/sub and the platform's fixed keys ignore logical databases. It never evicts, and loses
 * everything when it is killed.
 */
export type TestRedis = TestServer;
export type TestMongod = TestServer;

/** A PostgreSQL server with the empty database of the first service and its two roles. */
export interface TestPostgres extends TestServer {
  /** The URL with which migrations connect (DATABASE_OWNER_URL). */
  ownerUrl: string;
  /** The URL of a role that may do everything. */
  adminUrl: string;
  /** Where its data is. */
  dataDirectory: string;
}

/** Starts a Redis server; most tests need one. */
export function createTestRedis(): Promise<TestRedis> {
  return createServer('redis', async (place) => ({ ...(await planRedis(place)), prepared: {} }));
}

/**
 * Starts a PostgreSQL server: for tests that harm it or need their own settings; others share one by
 * `createTestDatabase`.
 */
export function createTestPostgres({
  settings = {},
}: { settings?: Record<string, string> } = {}): Promise<TestPostgres> {
  return createServer('postgres', async (place) => {
    const { ownerUrl, adminUrl, ...postgres } = await planPostgres(place, settings);
    return { ...postgres, prepared: { ownerUrl, adminUrl, dataDirectory: postgres.plan.cwd ?? '' } };
  });
}

/** Starts a MongoDB server, or its stand-in: for tests that harm it; others share one by `createTestMongo`. */
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
  await chmod(directory, 0o711); // PostgreSQL's own user has to pass
  const quiet = { progress: () => undefined, portSetting: 'port' };
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
      // Another process may have taken the port.
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
    // The parent first: a frozen one makes no more children.
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
      // Frozen first, so that it starts no more children. A surviving child would keep PostgreSQL's data from the next
      // start.
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
