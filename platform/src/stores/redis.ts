import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { outputOf } from '../processes/programs.ts';
import type { ProcessPlan } from '../processes/process-plan.ts';
import { redisUsers, type RedisUrls } from './redis-users.ts';
import { supervise, type SupervisedProcess } from '../processes/supervised-process.ts';
import { findRedisBinary } from './redis-binary.ts';
import type { StorePlace } from './store-place.ts';

/** A running Redis that keeps acknowledged writes (append-only, written to disk each second) and never evicts. */
export interface EmbeddedRedis {
  /** The URL with the user that may do everything. */
  url: string;
  /** The URL with which each service connects (REDIS_URL). */
  urls: RedisUrls;
  servedBy: string;
  process: SupervisedProcess;
}

export interface RedisPlace extends StorePlace {
  /** Anyone who reaches the port may do everything, as in release 0.1.0. A throwaway server is open in any case. */
  isOpen?: boolean;
}

/** Starts Redis in `place.directory/redis`; installs it by apt where that is possible and it is missing. */
export async function startRedis(place: RedisPlace): Promise<EmbeddedRedis> {
  const { plan, url, urls } = await planRedis(place);
  const process = await supervise(plan, { report: place.progress, attempts: 3, signal: place.signal });
  return { url, urls, servedBy: await describeRedis(plan.command), process };
}

/** How to start a Redis. */
export async function planRedis(place: RedisPlace): Promise<{ plan: ProcessPlan; url: string; urls: RedisUrls }> {
  const { directory, port, throwaway, isOpen = false } = place;
  const command = await findRedisBinary(place.progress);
  const data = join(directory, 'redis');
  await mkdir(data, { recursive: true });
  const { adminPassword, urls, configuration } = await redisUsers({ directory, port, throwaway, isOpen });
  const usersFile = join(directory, 'redis-users.conf');
  await writeFile(usersFile, configuration, { mode: 0o600 });
  const plan: ProcessPlan = {
    name: 'Redis',
    command,
    args: [usersFile, ...redisArguments(port, data, { appendOnly: !throwaway })],
    cwd: data,
    recordFile: join(directory, 'redis.pid'),
    logFile: join(directory, 'logs', 'redis.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 15_000,
    readyTimeoutMs: 60_000, // a long append-only file is read first
    ports: [{ port, setting: place.portSetting }],
    isReady: () => redisAnswers(port, adminPassword),
  };
  const credentials = adminPassword === undefined ? '' : `default:${adminPassword}@`;
  return { plan, url: `redis://${credentials}127.0.0.1:${port}`, urls };
}

/** "Redis 7.0.15 (redis-server)" */
export async function describeRedis(binary: string): Promise<string> {
  const version = /v=(\S+)/.exec((await outputOf(binary, '--version')) ?? '')?.[1] ?? '';
  return `${basename(binary).startsWith('valkey') ? 'Valkey' : 'Redis'} ${version} (${binary})`;
}

/** The command line of a server that listens on 127.0.0.1 only. */
function redisArguments(port: number, data: string, { appendOnly }: { appendOnly: boolean }): string[] {
  const persistence = appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no'];
  const address = ['--bind', '127.0.0.1', '--port', String(port)];
  return [...address, '--dir', data, '--save', '', '--maxmemory-policy', 'noeviction', ...persistence];
}

/** Whether it accepts commands; it does not while it reads its data. Asks once, for 1 s at most. */
function redisAnswers(port: number, password: string | undefined): Promise<boolean> {
  const question = `${password === undefined ? '' : `AUTH ${password}\r\n`}PING\r\n`;
  return new Promise((resolve) => {
    let replies = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(question));
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(1000, () => answer(false));
    socket.on('data', (reply) => {
      replies += reply.toString();
      if (replies.includes('-'))
        answer(false); // an error, for instance while it is loading
      else if (replies.includes('+PONG')) answer(true);
    });
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
  });
}
