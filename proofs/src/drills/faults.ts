/** The faults of the drills. A drill causes a fault and expects an alert. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '@mainstay/platform/root';
import type { OwnPlatform, Part } from '../own-platform.ts';
import { Redis } from 'ioredis';
import { openHttpClient } from '../clients/http-client.ts';
import { closedLoop } from '../clients/load.ts';
import { withPostgres } from '../postgres.ts';
import type { Drill, Fault } from './drill.ts';

const run = promisify(execFile);
const FOREVER_MS = 2 ** 31 - 1;
const PAUSE_MS = 100;
/** `haltByTurns` halts a process for 150 ms in each half second, so that the process still responds. */
const HALTED_MS = 150;
const RUNNING_MS = 350;

const repeatedly =
  (turn: (platform: OwnPlatform, isOver: AbortSignal) => Promise<unknown>): Fault =>
  async ({ platform, signal }) => {
    const ending = new AbortController();
    const over = AbortSignal.any([signal, ending.signal]);
    const turns = (async () => {
      while (!over.aborted) await turn(platform, over);
    })();
    return async () => {
      ending.abort();
      await turns;
    };
  };

export const stopPart =
  (part: Part): Fault =>
  async ({ platform }) => {
    await platform.parts[part].stop();
    return () => platform.parts[part].restart();
  };

export const halt =
  (part: Part): Fault =>
  async ({ platform }) => {
    const pid = pidOf(platform, part);
    process.kill(pid, 'SIGSTOP');
    return () => process.kill(pid, 'SIGCONT');
  };

/** Halts a process repeatedly, as the kernel halts a container that has used up its CPU limit. */
export const haltByTurns = (part: Part): Fault =>
  repeatedly(async (platform) => {
    process.kill(pidOf(platform, part), 'SIGSTOP');
    await delay(HALTED_MS);
    process.kill(pidOf(platform, part), 'SIGCONT');
    await delay(RUNNING_MS);
  });

/** Connects as the owner of the tables, because PostgreSQL does not limit the duration of the owner's transactions. */
export const holdTransaction = (statement: string, heldMs = FOREVER_MS): Fault =>
  repeatedly(async ({ stores }, over) => {
    await withPostgres(stores.postgres.ownerUrl, async (client) => {
      await client.query('BEGIN');
      await client.query(statement);
      await delay(heldMs, undefined, { signal: over }).catch(() => undefined);
      await client.query('ROLLBACK');
    });
    await delay(PAUSE_MS);
  });

export const sprayPasswords: Fault = repeatedly(async ({ url }, over) => {
  const { send, close } = openHttpClient({ url });
  let tries = 0;
  await closedLoop(
    10,
    () => over.aborted,
    async () => {
      const body = { email: `nobody-${(tries += 1)}@example.com`, password: 'the password of this season' };
      await send({ path: '/v1/session', body }).catch(() => undefined);
      await delay(50);
    },
  );
  close();
});

/**
 * Loads a file of this folder into all services. In the process `part`, a SIGUSR2 starts the fault, and a second
 * SIGUSR2 ends the fault.
 */
export function toggle(part: Part, file: string): Pick<Drill, 'prepare' | 'begin'> {
  return {
    prepare: async () => ({ NODE_OPTIONS: `--import=${join(import.meta.dirname, file)}` }),
    async begin({ platform }) {
      const pid = pidOf(platform, part);
      process.kill(pid, 'SIGUSR2');
      return () => process.kill(pid, 'SIGUSR2');
    },
  };
}

/** Writes an invalid event to the stream. At the end, the command `dead-letters` discards the event. */
export const poisonStream: Fault = async ({ platform }) => {
  const { url } = platform.stores.redis;
  const redis = new Redis(url);
  await redis.xadd('{events}:stream', '*', 'event', 'no event').finally(() => redis.disconnect());
  const deadLetters = async (...order: string[]) => {
    const program = join(root, 'services/activity/dist/dead-letters.js');
    return (await run(process.execPath, [program, ...order], { env: { ...process.env, REDIS_URL: url } })).stdout;
  };
  return async () => {
    const listed = await deadLetters('list');
    const [id] = /\d+-\d+/.exec(listed) ?? [];
    if (id === undefined) throw new Error(`no dead letter is listed: ${listed}`);
    await deadLetters('discard', id);
  };
};

/** Runs a log store that refuses every document during the fault. */
export function refusingLogStore(): Pick<Drill, 'prepare' | 'begin'> {
  let isRefusing = false;
  const server = createServer(async (req, res) => {
    const documents = (await text(req)).split('\n').filter(Boolean).length / 2;
    const error = { type: 'document_parsing_exception', reason: 'the drill refuses it' };
    const create = isRefusing ? { status: 400, error } : { status: 201 };
    res.setHeader('x-elastic-product', 'Elasticsearch').setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ took: 1, errors: isRefusing, items: Array(Math.floor(documents)).fill({ create }) }));
  }).unref(); // this server is never closed, because a service sends log lines until its process ends
  return {
    async prepare() {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      return { ELASTICSEARCH_URL: `http://127.0.0.1:${port}`, LOG_SHIP_LEVEL: 'info', LOG_LEVEL: 'info' };
    },
    async begin() {
      isRefusing = true;
      return () => (isRefusing = false);
    },
  };
}

/** Runs a metrics exporter. Prometheus scrapes the lines of `linesOf`, and adds the label `service` to all metrics. */
export function exporterDrill(service: string, linesOf: (isFault: boolean) => string[]): Pick<Drill, 'jobs' | 'begin'> {
  let isFault = false;
  const exporter = createServer((_req, res) => {
    res.setHeader('content-type', 'text/plain; version=0.0.4').end(`${linesOf(isFault).join('\n')}\n`);
  }).unref();
  return {
    async jobs() {
      await once(exporter.listen(0, '127.0.0.1'), 'listening');
      const targets = [`127.0.0.1:${(exporter.address() as AddressInfo).port}`];
      return [{ job_name: service, static_configs: [{ targets, labels: { service } }] }];
    },
    async begin() {
      isFault = true;
      return () => (isFault = false);
    },
  };
}

function pidOf(platform: OwnPlatform, part: Part): number {
  const pid = platform.parts[part].pid();
  if (pid === undefined) throw new Error(`${part} does not run`);
  return pid;
}
