import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createTestDatabase,
  createTestMongo,
  createTestRedis,
  freePort,
  testRedisUrl,
} from '@mainstay/platform/testing';
import { entrance, migrations, serviceNames, servicesWith, type ServiceName } from '@mainstay/platform/services';
import { generateIdentityKeys } from '@mainstay/identity';
import { eventually } from '@mainstay/platform/testing/eventually';

const root = fileURLToPath(new URL('..', import.meta.url));

export type { ServiceName };

export interface Platform {
  /** The public address of the gateway. */
  url: string;
  databaseUrls: { service: string; owner: string };
  /** Returns the current process of a service. */
  process(service: ServiceName): ChildProcess;
  /** Kills a service, and waits until its process has ended. */
  kill(service: ServiceName, signal?: NodeJS.Signals): Promise<void>;
  /** Starts a killed service, and waits until it is ready. */
  start(service: ServiceName, settings?: Record<string, string>): Promise<void>;
  /** Returns the service's reply to /readyz. If the service does not reply, `status` is `away`. */
  readiness(service: ServiceName): Promise<Readiness>;
  /** Returns the sum of a metric's labelled series. With `label`, only series whose text contains `label` count. */
  metric(service: ServiceName, name: string, label?: string): Promise<number>;
  /** Returns the service's reply to /metrics. */
  page(service: ServiceName): Promise<string>;
  /** Returns the log lines of a service. The settings of `startPlatform` must set LOG_LEVEL to `info`. */
  lines(service: ServiceName): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export interface Readiness {
  status: string;
  waitingFor: string[];
  degraded: string[];
}

/** Starts all built services. A store is new unless `settings` contains the URL of the store. */
export async function startPlatform(settings: Record<string, string> = {}): Promise<Platform> {
  const [redis, postgres, mongo] = await Promise.all([
    settings.REDIS_URL === undefined ? createTestRedis() : { url: settings.REDIS_URL, close: keepStore },
    openForEach(
      servicesWith('postgres'),
      (isFirst) => (isFirst ? givenDatabase(settings) : undefined) ?? createTestDatabase(),
    ),
    openForEach(servicesWith('mongo'), (isFirst) => (isFirst ? givenMongo(settings) : undefined) ?? createTestMongo()),
  ]);
  const [database] = [...postgres.values()];
  if (!database) throw new Error('no service has a database');
  const ports = Object.fromEntries(
    await Promise.all(
      serviceNames.map(async (name) => [name, { port: await freePort(), managementPort: await freePort() }]),
    ),
  ) as Record<ServiceName, { port: number; managementPort: number }>;
  const { privateKey, publicKey } = generateIdentityKeys();
  const environment = {
    PATH: process.env.PATH,
    LOG_LEVEL: 'error',
    SESSION_SECRET: 'a session secret of 32 characters',
    CURSOR_SECRETS: 'a cursor secret of 32+ characters',
    IDENTITY_PRIVATE_KEYS: privateKey,
    IDENTITY_PUBLIC_KEYS: publicKey,
    ...Object.fromEntries(
      serviceNames.map((name) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${ports[name].port}`]),
    ),
    RATE_LIMIT_ANONYMOUS_MAX: '1000',
    ...settings,
  };
  const storesOf = (name: ServiceName) => {
    const { url, ownerUrl } = postgres.get(name) ?? {};
    return {
      ...(url !== undefined && { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl }),
      MONGO_URL: mongo.get(name)?.url,
    };
  };
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-e2e-'));
  const logOf = (name: ServiceName) => join(folder, `${name}.log`);
  const running = new Map<ServiceName, ChildProcess>();

  async function start(name: ServiceName, more: Record<string, string> = {}): Promise<void> {
    const { port, managementPort } = ports[name];
    const child = spawn(process.execPath, [join(root, `services/${name}/dist/main.js`)], {
      cwd: folder,
      env: {
        ...environment,
        ...storesOf(name),
        ...more,
        // Each service has its own Redis user, so each service gets a different URL.
        REDIS_URL: testRedisUrl(more.REDIS_URL ?? redis.url, name),
        PORT: String(port),
        MANAGEMENT_PORT: String(managementPort),
      },
      stdio: ['ignore', environment.LOG_LEVEL === 'info' ? openSync(logOf(name), 'a') : 'inherit', 'inherit'],
    });
    running.set(name, child);
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it was ready`);
      return (await readiness(name)).status === 'ok';
    }, Boolean);
  }

  async function ask(name: ServiceName, path: string): Promise<string> {
    const reply = await fetch(`http://127.0.0.1:${ports[name].managementPort}${path}`);
    return reply.text();
  }

  async function readiness(name: ServiceName): Promise<Readiness> {
    const text = await ask(name, '/readyz').catch(() => '{"status":"away","waitingFor":[],"degraded":[]}');
    return JSON.parse(text) as Readiness;
  }

  async function kill(name: ServiceName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = running.get(name);
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  for (const { service } of migrations) {
    const migration = spawn(process.execPath, [join(root, `services/${service}/dist/migrate.js`)], {
      cwd: folder,
      env: { ...environment, ...storesOf(service) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(migration, 'exit')) as [number];
    if (code !== 0) throw new Error(`the migration of ${service} failed`);
  }
  await Promise.all(serviceNames.map((name) => start(name)));

  return {
    url: `http://127.0.0.1:${ports[entrance].port}`,
    databaseUrls: { service: database.url, owner: database.ownerUrl },
    process: (name) => running.get(name)!,
    kill,
    start,
    readiness,
    async metric(name, metric, label = '') {
      const lines = (await ask(name, '/metrics')).split('\n');
      const values = lines.filter((line) => line.startsWith(`${metric}{`) && line.includes(label));
      return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    page: (name) => ask(name, '/metrics'),
    async lines(name) {
      const whole = (await readFile(logOf(name), 'utf8')).split('\n').slice(0, -1);
      return whole.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    async close() {
      await Promise.all(serviceNames.map((name) => kill(name)));
      const own = [...postgres.values(), ...mongo.values()].map((store) => store.drop());
      await Promise.all([...own, redis.close(), rm(folder, { recursive: true })]);
    },
  };
}

/**
 * Opens one store for each service. `isFirst` is true for the first service, because only the first service can use an
 * existing store.
 */
async function openForEach<Store>(
  services: ServiceName[],
  open: (isFirst: boolean) => Store | Promise<Store>,
): Promise<Map<ServiceName, Store>> {
  return new Map(await Promise.all(services.map(async (name, index) => [name, await open(index === 0)] as const)));
}

const keepStore = () => Promise.resolve();

function givenMongo({ MONGO_URL: url }: Record<string, string>) {
  return url === undefined ? undefined : { url, drop: keepStore };
}

function givenDatabase({ DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl }: Record<string, string>) {
  return url === undefined ? undefined : { url, ownerUrl: ownerUrl ?? url, drop: keepStore };
}
