// @ts-check
/** The platform in containers, from docker-compose.yml, as a project of its own that leaves nothing behind. The images must be built. */
import { execFile } from 'node:child_process';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../platform/src/processes/ports.ts';
import { root } from '../../platform/src/root.ts';

const run = promisify(execFile);
const PROJECT = 'mainstay-zero-loss';
/** A roll waits for new containers, and for the drain of each old one. */
const COMMAND_MAX_MS = 600_000;
const OUTPUT_BYTES_MAX = 50_000_000;
const HEALTHY_MAX_MS = 180_000;

/** @typedef {Awaited<ReturnType<typeof startCompose>>} ComposePlatform */

/**
 * Starts all containers, and has `shutdown` remove them and their volumes.
 * @param {{ edge: 'nginx' | 'haproxy', shutdown: import('../../platform/src/start/shutdown.ts').Shutdown, environment: Record<string, string> }} options
 */
export async function startCompose({ edge, shutdown, environment }) {
  const [httpPort, httpsPort] = await Promise.all([freePort(), freePort()]);
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env, // where Docker is, and MAINSTAY_MONGO_URL
    COMPOSE_PROJECT_NAME: PROJECT,
    COMPOSE_PROFILES: edge === 'haproxy' ? 'haproxy' : '',
    MAINSTAY_HTTP_PORT: String(httpPort),
    MAINSTAY_HTTPS_PORT: String(httpsPort),
    ...environment,
  };
  /** @param {string} program @param {string[]} args */
  const call = async (program, ...args) => {
    const options = { cwd: root, env, timeout: COMMAND_MAX_MS, maxBuffer: OUTPUT_BYTES_MAX };
    return (await run(program, args, options)).stdout.trim();
  };
  /** @param {string[]} args */
  const compose = (...args) => call('docker', 'compose', ...args);
  const up = () => compose('up', '--detach', '--no-build', '--pull', 'never', '--no-recreate');

  /** @param {string} service @returns {Promise<string[]>} ids */
  const containersOf = async (service) => (await compose('ps', '--quiet', service)).split('\n').filter(Boolean);

  /** What the host reaches a store by: its own network has no way in for anybody else. @param {string} service */
  async function addressOf(service) {
    const [id = ''] = await containersOf(service);
    const all = await call(
      'docker',
      'inspect',
      '--format',
      '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}',
      id,
    );
    return all.split(' ')[0] ?? '';
  }

  shutdown.onClose(() => compose('--profile', 'haproxy', 'down', '--volumes', '--timeout', '5'));
  await up().catch(async (error) => {
    process.stderr.write(`${await compose('logs', '--no-color', '--tail', '20').catch(() => '')}\n`);
    throw error;
  });
  const ca = await compose('exec', '-T', 'nginx', 'cat', '/certs/tls.crt');
  const url = `https://localhost:${httpsPort}`;
  await untilHealthy(url, ca);
  const password = await compose('exec', '-T', 'postgres', 'cat', '/run/secrets/superuser-password');
  const databaseUrl = `postgres://postgres:${password}@${await addressOf('postgres')}:5432/mainstay`;
  const mongoUrl = new URL(env.MAINSTAY_MONGO_URL ?? 'mongodb://mongo:27017/activity');
  mongoUrl.hostname = await addressOf('mongo');
  if (!env.MAINSTAY_MONGO_URL) {
    mongoUrl.username = 'root';
    mongoUrl.password = await compose('exec', '-T', 'mongo', 'cat', '/run/secrets/root-password');
    mongoUrl.searchParams.set('authSource', 'admin');
  }

  return {
    edge,
    url,
    ca,
    books: { databaseUrl, mongoUrl: mongoUrl.href },
    /** What a program prints in a container of a service. @param {string} service @param {string[]} command */
    run: (service, ...command) => compose('exec', '-T', service, ...command),
    /** All containers of a service replaced by new ones, as docs/compose.md says. @param {string} service */
    roll: (service) => call(process.execPath, join(root, 'bootstrap.mjs'), 'release', 'compose', service),
    /** Kills one container of a service, and starts it again. @param {string} service @returns {Promise<import('./outcomes.mjs').Death>} */
    async kill(service) {
      const [id = ''] = await containersOf(service);
      const from = performance.now();
      await call('docker', 'kill', '--signal', 'KILL', id);
      const finishedAt = await call('docker', 'inspect', '--format', '{{.State.FinishedAt}}', id);
      const until = Math.max(from, Date.parse(finishedAt) - performance.timeOrigin);
      await call('docker', 'start', id);
      for (let left = HEALTHY_MAX_MS / 500; left > 0; left -= 1) {
        const health = await call('docker', 'inspect', '--format', '{{.State.Health.Status}}', id);
        if (health === 'healthy') return { from, until };
        await delay(500);
      }
      throw new Error(`${service} did not become healthy again`);
    },
  };
}

/** @param {string} url @param {string} ca */
async function untilHealthy(url, ca) {
  const giveUpAt = performance.now() + HEALTHY_MAX_MS;
  while ((await statusOf(`${url}/healthz`, ca)) !== 200) {
    if (performance.now() > giveUpAt) throw new Error(`${url}/healthz does not answer 200`);
    await delay(500);
  }
}

/** @param {string} url @param {string} ca @returns {Promise<number>} 0 where there is no answer */
function statusOf(url, ca) {
  return new Promise((resolve) => {
    const asked = request(url, { ca, agent: false, signal: AbortSignal.timeout(5_000) }, (reply) => {
      reply.resume();
      resolve(reply.statusCode ?? 0);
    });
    asked.once('error', () => resolve(0));
    asked.end();
  });
}
