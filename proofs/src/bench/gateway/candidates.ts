import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { generateIdentityKeys } from '@mainstay/identity';
import type { ProcessPlan } from '@mainstay/platform/processes/supervised-process';
import { supervise, type SupervisedProcess } from '@mainstay/platform/processes/supervised-process';
import { root } from '@mainstay/platform/root';
import { freePort, testRedisUrl } from '@mainstay/platform/testing';
import { openHttpClient } from '../../clients/http-client.ts';

/** A gateway or proxy that the benchmark compares. */
export interface Candidate {
  name: string;
  url: string;
  process: SupervisedProcess;
  /** One session cookie for each user. */
  cookies?: string[];
}

export interface Surroundings {
  directory: string;
  redisUrl: string;
  serviceUrl: string;
  sessions: number;
  isProfiled: boolean;
}

const here = import.meta.dirname;

export async function startService(directory: string): Promise<{ url: string; process: SupervisedProcess }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    process: await start({ name: 'service', directory, port, args: [join(here, 'small-service.ts')], url }),
  };
}

export async function startBareProxy({ directory, serviceUrl }: Surroundings): Promise<Candidate> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [join(here, 'bare-proxy.ts')];
  return {
    name: 'fastify',
    url,
    process: await start({ name: 'fastify', directory, port, args, more: [serviceUrl], url }),
  };
}

/** Starts nginx with one worker and keep-alive connections. Returns undefined if nginx is not installed. */
export async function startNginx({ directory, serviceUrl }: Surroundings): Promise<Candidate | undefined> {
  if (!existsSync('/usr/sbin/nginx')) return void console.log('nginx is not installed, so it is not compared.');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const file = join(directory, 'nginx.conf');
  await writeFile(
    file,
    `daemon off; worker_processes 1; pid ${directory}/nginx-own.pid; error_log stderr;
     events { worker_connections 1024; }
     http {
       access_log off;
       upstream service { server ${new URL(serviceUrl).host}; keepalive 64; }
       server {
         listen 127.0.0.1:${port};
         location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }
       }
     }`,
  );
  const command = '/usr/sbin/nginx';
  return { name: 'nginx', url, process: await start({ name: 'nginx', directory, command, args: ['-c', file], url }) };
}

export async function startObviousStack({
  directory,
  serviceUrl,
  redisUrl,
  sessions,
}: Surroundings): Promise<Candidate> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [join(here, 'obvious-stack.ts')];
  const more = [serviceUrl, redisUrl];
  // A ready gateway responds with 401, because this request has no session.
  const running = await start({ name: 'obvious', directory, port, args, more, url: `${url}/v1`, readyStatus: 401 });
  return { name: 'obvious', url, process: running, cookies: await register(url, sessions) };
}

/** Starts the built gateway of the folder `checkout`, and registers users with it. */
export async function startGateway(name: string, checkout: string, around: Surroundings): Promise<Candidate> {
  const { directory, redisUrl, serviceUrl, isProfiled } = around;
  const [port, managementPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const profile = isProfiled ? ['--cpu-prof', '--cpu-prof-dir', join(directory, `profile-${name}`)] : [];
  const process_ = await start({
    name,
    directory,
    args: [...profile, join(resolve(root, checkout), 'services/gateway/dist/main.js')],
    url: `http://127.0.0.1:${managementPort}/readyz`,
    environment: {
      NODE_ENV: 'production',
      GATEWAY_PORT: String(port),
      GATEWAY_MANAGEMENT_PORT: String(managementPort),
      REDIS_URL: testRedisUrl(redisUrl, 'gateway'),
      ACCOUNTS_URL: serviceUrl,
      ACTIVITY_URL: serviceUrl,
      SESSION_SECRET: randomUUID() + randomUUID(),
      IDENTITY_PRIVATE_KEYS: generateIdentityKeys().privateKey,
      // The gateway counts requests as usual, but never reaches these limits.
      RATE_LIMIT_SESSION_MAX: '1000000000',
      RATE_LIMIT_ANONYMOUS_MAX: '1000000000',
      PRE_DRAIN_DELAY_MS: '0',
      DRAIN_WINDOW_MS: '0',
    },
  });
  return { name, url, process: process_, cookies: await register(url, around.sessions) };
}

interface Start {
  name: string;
  directory: string;
  command?: string;
  args: string[];
  port?: number;
  more?: string[];
  environment?: Record<string, string>;
  url: string;
  readyStatus?: number;
}

function start(options: Start): Promise<SupervisedProcess> {
  const { name, directory, args, port, more = [], environment = {}, url } = options;
  const { command = process.execPath, readyStatus = 200 } = options;
  const plan: ProcessPlan = {
    name,
    command,
    args: [...args, ...(port === undefined ? [] : [String(port)]), ...more],
    cwd: root,
    env: { ...process.env, ...environment },
    recordFile: join(directory, `${name}.pid`),
    logFile: join(directory, 'logs', `${name}.log`),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 20_000,
    readyTimeoutMs: 60_000,
    ports: [],
    isReady: async () => (await fetch(url).catch(() => undefined))?.status === readyStatus,
  };
  return supervise(plan, { report: (sentence) => console.log(sentence) });
}

async function register(url: string, count: number): Promise<string[]> {
  const { send, close } = openHttpClient({ url, connections: 10 });
  const registerOne = async () => {
    const user = { email: `${randomUUID()}@example.com`, password: randomUUID(), displayName: 'Bench' };
    const { status, headers, body } = await send({ path: '/v1/users', body: user });
    if (status !== 201) throw new Error(`POST ${url}/v1/users answers ${status}: ${body.toString()}`);
    return [headers['set-cookie'] ?? []]
      .flat()
      .map((line) => line.split(';', 1)[0])
      .join('; ');
  };
  const cookies = await Promise.all(Array.from({ length: count }, registerOne));
  close();
  return cookies;
}
