import tls from 'node:tls';
import { readOptions, wholeNumber } from '../options.ts';
import { docker, lastLines, showDocker } from '../processes/docker.ts';
import { entrance } from '../services.ts';
import { offerDemoUsers } from '../start/seed.ts';
import { addressRows, demoUserRows, table, type Row } from '../start/table.ts';
import { Refusal, during, progress } from '../terminal.ts';
import { until } from '../until.ts';

/** Number of further polls after a poll has found a failed container, because Docker can restart the container. */
const FAILED_POLLS_MAX = 3;
const HTTPS_PORT = 8443;

/** The fields of `docker compose config --format json` that this file reads. */
interface ComposeConfig {
  services: Record<string, Service>;
}

interface Service {
  restart?: string;
  scale?: number;
  deploy?: { replicas?: number };
  depends_on?: Record<string, unknown>;
  environment?: Record<string, string | null>;
  ports?: { host_ip?: string; target: number; published?: string }[];
}

/** The fields of a line of `docker compose ps --all --format json` that this file reads. */
export interface Container {
  Name: string;
  Service: string;
  State: string;
  Health: string;
  ExitCode: number;
}

/** Starts a compose project. @throws Refusal with the last log lines of a container that does not become ready */
export async function upByCompose(args: string[]): Promise<void> {
  const { values } = readOptions({
    args,
    options: {
      pull: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      profile: { type: 'string', multiple: true, default: [] },
      'ready-within': { type: 'string', default: '300' },
    },
  });
  const readyWithinS = wholeNumber('--ready-within', values['ready-within'], 1, 86_400);
  const compose = ['compose', ...values.profile.map((name) => `--profile=${name}`)];
  await docker(['compose', 'version']).catch(() => {
    throw new Refusal('This command needs Docker with compose 2.26 or newer. npm start runs without Docker.');
  });
  if (values.pull) await showDocker('The images could not be pulled.', [...compose, 'pull']);
  else if (!values['no-build']) await showDocker('The images could not be built.', [...compose, 'build']);

  const config = JSON.parse(await docker([...compose, 'config', '--format=json'])) as ComposeConfig;
  await untilReady(compose, config, readyWithinS);
  const ports = Object.values(config.services).flatMap((service) => service.ports ?? []);
  const edge = ports.find(({ target }) => target === HTTPS_PORT);
  const url = `https://localhost:${edge?.published ?? HTTPS_PORT}`;
  // The passwords of the demo users are public, so make the users only if other machines cannot reach the edge.
  const isThisMachineOnly = ['127.0.0.1', '::1'].includes(edge?.host_ip ?? '');
  const hasDeposits = config.services[entrance]?.environment?.DEMO_DEPOSITS !== 'false';
  const hasDemoUsers = isThisMachineOnly && hasDeposits && (await seed(compose, url));
  const rows: Row[] = [
    ...addressRows(url),
    ...(hasDemoUsers ? demoUserRows() : []),
    ['Certificate', 'for development, so browsers warn once. A real one: docs/compose.md'],
    ['Logs', `docker compose logs --follow ${entrance}`],
    ['New release', 'docker compose build, then npm run release -- compose'],
    ['Stop', `docker ${compose.join(' ')} down; the data stays, unless --volumes deletes it`],
  ];
  console.log(`\n${table(rows)}\n`);
}

/** Starts all containers. Until all containers are ready, prints which containers are not ready and why. */
async function untilReady(compose: string[], config: ComposeConfig, withinS: number): Promise<void> {
  let [hasStarted, failedPolls] = [false, 0];
  let now = progressOf(config, []);
  const look = async () => {
    // `docker compose ps` fails if a container is replaced during the call. The next poll tries again.
    const lines = await docker([...compose, 'ps', '--all', '--format=json']).catch(() => '');
    const containers = JSON.parse(`[${lines.trim().replaceAll('\n', ',')}]`) as Container[];
    if (containers.length > 0) now = progressOf(config, containers);
  };
  const isReady = async () => {
    const { sentence: said } = now;
    await look();
    if (now.sentence !== said) progress(now.sentence);
    failedPolls = now.hasFailed ? failedPolls + 1 : 0;
    if (failedPolls > FAILED_POLLS_MAX) throw new Refusal(now.sentence);
    return now.isDone && hasStarted;
  };
  const late = () => new Refusal(`Not ready within ${withinS} s. ${now.sentence}`);
  const ending = new AbortController();
  const patience = { timeoutMs: withinS * 1_000, everyMs: 1_000, signal: ending.signal };
  // `docker compose up` waits for the last container, so `isReady` runs at the same time and reports failures early.
  const start = [...compose, '--progress=quiet', 'up', '--detach', '--no-build', '--quiet-pull'];
  const up = docker(start, ending.signal).then(() => (hasStarted = true));
  try {
    await during('Starting', () => Promise.all([up, until(late, isReady, patience)]));
  } catch (error) {
    await look();
    const logs = await Promise.all(now.culprits.map(async ({ Name }) => `${Name}:\n${await lastLines(Name)}`));
    throw new Refusal(
      `${[...logs, (error as Error).message].join('\n')}\n\nThe running containers stay. Correct the cause, then run npm run up again.`,
    );
  } finally {
    ending.abort();
  }
}

/**
 * Returns the state of all containers. A container with `restart: "no"` is a job. A job is ready when it has exited
 * with 0. A container that is not a job is ready when it is healthy, or when it runs without a health check. An error
 * shows the logs of `culprits`, which are the failed containers. If no container has failed, `culprits` is a container
 * that has started and is not ready.
 */
export function progressOf({ services }: ComposeConfig, all: Container[]) {
  const containers = all.filter(({ Service }) => Service in services);
  const wanted = Object.values(services).reduce((sum, one) => sum + (one.deploy?.replicas ?? one.scale ?? 1), 0);
  const isJob = ({ Service }: Container) => services[Service]?.restart === 'no';
  const isReady = (one: Container) =>
    isJob(one)
      ? one.State === 'exited' && one.ExitCode === 0
      : one.State === 'running' && ['', 'healthy'].includes(one.Health);
  const late = containers.filter((one) => !isReady(one));
  const failed = late.filter(
    (one) => one.Health === 'unhealthy' || one.State === 'restarting' || (isJob(one) && one.ExitCode > 0),
  );
  const lines = late.map(({ Name, Service, State, Health, ExitCode }) => {
    const needed = Object.keys(services[Service]?.depends_on ?? {});
    const blockers = needed.filter((name) => late.some((one) => one.Service === name));
    if (State === 'created')
      return `${Service} ${blockers.length > 0 ? `waits for ${blockers.join(' and ')}` : 'starts'}`;
    return `${Name} is ${State}${ExitCode > 0 ? `, exit code ${ExitCode}` : Health && `, health: ${Health}`}`;
  });
  const count = `${containers.length - late.length} of ${Math.max(wanted, containers.length)} containers are ready`;
  return {
    isDone: late.length === 0 && containers.length >= wanted,
    hasFailed: failed.length > 0,
    sentence: [count, ...new Set(lines)].join('\n  '),
    culprits: failed.length > 0 ? failed : late.filter(({ State }) => State !== 'created').slice(0, 1),
  };
}

/** Makes the demo users through the edge, whose certificate this process must trust. */
async function seed(compose: string[], url: string): Promise<boolean> {
  const certificate = await docker([...compose, 'exec', '-T', 'nginx', 'cat', '/certs/tls.crt']);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate]);
  return offerDemoUsers(url);
}
