import tls from 'node:tls';
import { readOptions, wholeNumber } from '../options.ts';
import { docker, lastLines, showDocker } from '../processes/docker.ts';
import { entrance } from '../services.ts';
import { offerDemoUsers } from '../start/seed.ts';
import { addressRows, demoUserRows, table, type Row } from '../start/table.ts';
import { Refusal, during, progress } from '../terminal.ts';
import { until } from '../until.ts';
import { progressOf, type ComposeConfig, type Container } from './compose-progress.ts';

/**
 * A failed container may recover, because Docker restarts it. If more than this number of consecutive polls find a failed container, the command
 * fails.
 */
const FAILED_POLLS_MAX = 3;
/** The last lines of Compose's output contain the reason for a failure. */
const LINES_OF_FAILURE = 5;
const HTTPS_PORT = 8443;

/**
 * Runs `npm run up`: starts a compose project, and prints the table of its addresses.
 * @throws Refusal with the last log lines of a container that does not become ready
 */
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
  const compose = ['compose', ...values.profile.flatMap((name) => ['--profile', name])];
  await refuseWithoutCompose();
  if (values.pull) await showDocker('The images could not be pulled.', [...compose, 'pull']);
  else if (!values['no-build']) await showDocker('The images could not be built.', [...compose, 'build']);

  const config = JSON.parse(await docker([...compose, 'config', '--format', 'json'])) as ComposeConfig;
  await untilReady(compose, config, readyWithinS);
  const { url, isThisMachineOnly } = edgeOf(config);
  const hasDeposits = config.services[entrance]?.environment?.DEMO_DEPOSITS !== 'false';
  // The passwords of the demo users are public, so the edge must be reachable from this machine only.
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

async function refuseWithoutCompose(): Promise<void> {
  await docker(['compose', 'version']).catch(() => {
    throw new Refusal(
      'This command needs Docker with compose 2.26 or newer. npm start runs the platform without Docker.',
    );
  });
}

/** Starts all containers. Until all of them are ready, prints which services wait for other services. */
async function untilReady(compose: string[], config: ComposeConfig, withinS: number): Promise<void> {
  let [hasStarted, failedPolls, said] = [false, 0, ''];
  let failure: Error | undefined;
  let containers: Container[] = [];
  const ending = new AbortController();
  // This command ends when all containers have started. Some of them start late, because they wait for others.
  docker([...compose, 'up', '--detach', '--no-build', '--quiet-pull'], ending.signal).then(
    () => (hasStarted = true),
    (error: Error) => (failure = new Refusal(error.message.split('\n').slice(-LINES_OF_FAILURE).join('\n'))),
  );
  const isReady = async () => {
    // `docker compose ps` fails if a container is replaced while it lists them. The next call tries again.
    containers = await containersOf(compose).catch(() => containers);
    const { isDone, sentence, failed } = progressOf(config, containers);
    if (sentence !== said) progress(sentence);
    said = sentence;
    failedPolls = failed.length > 0 ? failedPolls + 1 : 0;
    if (failure !== undefined || failedPolls > FAILED_POLLS_MAX) throw failure ?? new Refusal(sentence);
    return isDone && hasStarted;
  };
  const late = () => new Refusal(`Not ready within ${withinS} s. ${said}`);
  try {
    await during('Starting', () => until(late, isReady, { timeoutMs: withinS * 1_000, everyMs: 1_000 }));
  } catch (error) {
    const { failed, slow } = progressOf(config, containers);
    const culprits = failed.length > 0 ? failed : slow.slice(0, 1);
    const logs = await Promise.all(culprits.map(async ({ Name }) => `${Name}:\n${await lastLines(Name)}`));
    throw new Refusal(
      `${[...logs, (error as Error).message].join('\n')}\n\nThe running containers stay. Correct the cause, then run npm run up again.`,
    );
  } finally {
    ending.abort();
  }
}

async function containersOf(compose: string[]): Promise<Container[]> {
  const lines = await docker([...compose, 'ps', '--all', '--format', 'json']);
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Container);
}

function edgeOf({ services }: ComposeConfig): { url: string; isThisMachineOnly: boolean } {
  const ports = Object.values(services).flatMap(({ ports }) => ports ?? []);
  const edge = ports.find(({ target }) => target === HTTPS_PORT);
  return {
    url: `https://localhost:${edge?.published ?? HTTPS_PORT}`,
    isThisMachineOnly: ['127.0.0.1', '::1'].includes(edge?.host_ip ?? ''),
  };
}

/** Seeds the demo users through the edge, and trusts the edge's own certificate. */
async function seed(compose: string[], url: string): Promise<boolean> {
  const certificate = await docker([...compose, 'exec', '-T', 'nginx', 'cat', '/certs/tls.crt']);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate]);
  return offerDemoUsers(url);
}
