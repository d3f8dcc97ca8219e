/** Runs the platform of docker-compose.yml as a temporary compose project. The images must be built. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@mainstay/platform/processes/ports';
import { root } from '@mainstay/platform/root';
import type { Shutdown } from '@mainstay/platform/start/shutdown';
import { Refusal } from '@mainstay/platform/terminal';
import { openHttpClient } from '../clients/http-client.ts';
import { until } from '@mainstay/platform/until';
import type { Death } from './outcomes.ts';

const run = promisify(execFile);
const PROJECT = 'mainstay-zero-loss';
/** Time limit of a command. The longest command waits for new containers and for the drain of each old container. */
const COMMAND_MAX_MS = 600_000;
const OUTPUT_BYTES_MAX = 50_000_000;
const HEALTHY_MAX_MS = 180_000;

export type ComposePlatform = Awaited<ReturnType<typeof startCompose>>;

/** Starts all containers. `shutdown` removes the containers and the volumes. */
export async function startCompose({
  edge,
  shutdown,
  environment,
}: {
  /** Name of the edge, the proxy in front of the gateway. Compose always starts nginx. Other edges need a profile. */
  edge: string;
  shutdown: Shutdown;
  environment: Record<string, string>;
}) {
  const [httpPort, httpsPort] = await Promise.all([freePort(), freePort()]);
  const env: NodeJS.ProcessEnv = {
    ...process.env, // includes the address of Docker, and MAINSTAY_MONGO_URL
    COMPOSE_PROJECT_NAME: PROJECT,
    COMPOSE_PROFILES: edge === 'nginx' ? '' : edge,
    MAINSTAY_HTTP_PORT: String(httpPort),
    MAINSTAY_HTTPS_PORT: String(httpsPort),
    ...environment,
  };
  const call = async (program: string, ...args: string[]) => {
    const options = { cwd: root, env, timeout: COMMAND_MAX_MS, maxBuffer: OUTPUT_BYTES_MAX };
    return (await run(program, args, options)).stdout.trim();
  };
  const compose = (...args: string[]) => call('docker', 'compose', ...args);
  const up = () => compose('up', '--detach', '--no-build', '--pull', 'never', '--no-recreate');

  const containersOf = async (service: string): Promise<string[]> =>
    (await compose('ps', '--quiet', service)).split('\n').filter(Boolean);

  async function addressOf(service: string) {
    const [id = ''] = await containersOf(service);
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
    return (await call('docker', 'inspect', '--format', format, id)).split(' ')[0] ?? '';
  }

  // Refuse an existing project, because this run removes the project's volumes at the end.
  const project = env.COMPOSE_PROJECT_NAME ?? PROJECT;
  const labelled = ['--quiet', '--filter', `label=com.docker.compose.project=${project}`];
  const there = [await call('docker', 'volume', 'ls', ...labelled), await call('docker', 'ps', '--all', ...labelled)];
  if (there.some(Boolean))
    throw new Refusal(
      `The compose project ${project} exists. Inspect it, then remove it: docker compose -p ${project} --profile '*' down --volumes`,
    );
  shutdown.onClose(() => compose('down', '--volumes', '--timeout', '5'));
  await up().catch(async (error) => {
    process.stderr.write(`${await compose('logs', '--no-color', '--tail', '20').catch(() => '')}\n`);
    throw error;
  });
  const ca = await compose('exec', '-T', 'nginx', 'cat', '/certs/tls.crt');
  const url = `https://localhost:${httpsPort}`;
  const { send, close } = openHttpClient({ url, ca });
  const isServed = async () => (await send({ path: '/healthz' }).catch(() => undefined))?.status === 200;
  await until(`${url}/healthz answers 200`, isServed, { timeoutMs: HEALTHY_MAX_MS, everyMs: 500 });
  close();
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
    /** Replaces all containers of a service as docs/compose.md says. */
    roll: (service: string) => call(process.execPath, join(root, 'bootstrap.mjs'), 'release', 'compose', service),
    /** Kills one container of a service, and starts the container again. */
    async kill(service: string): Promise<Death> {
      const [id = ''] = await containersOf(service);
      const from = performance.now();
      await call('docker', 'kill', '--signal', 'KILL', id);
      const finishedAt = await call('docker', 'inspect', '--format', '{{.State.FinishedAt}}', id);
      await call('docker', 'start', id);
      const isHealthy = async () =>
        (await call('docker', 'inspect', '--format', '{{.State.Health.Status}}', id)) === 'healthy';
      await until(`${service} is healthy again`, isHealthy, { timeoutMs: HEALTHY_MAX_MS, everyMs: 500 });
      return { from, until: Math.max(from, Date.parse(finishedAt) - performance.timeOrigin) };
    },
  };
}
