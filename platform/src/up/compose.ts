import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';
import { parseArgs } from 'node:util';
import { docker, lastLines, showDocker } from '../processes/docker.ts';
import { root } from '../root.ts';
import { entrance } from '../services.ts';
import { offerDemoUsers } from '../start/seed.ts';
import { addressRows, demoUserRows, table, type Row } from '../start/table.ts';
import { Refusal, progress } from '../terminal.ts';
import { progressOf, type ComposeConfig, type Container } from './compose-progress.ts';

const POLL_MS = 1_000;
const REMIND_AFTER_MS = 15_000;
/** A failed container may recover, because Docker restarts it. After more polls with a failed container, the command fails. */
const FAILED_POLLS_MAX = 3;
const HTTPS_PORT = 8443;

/**
 * Runs `npm run up`: starts a compose project, and prints the table of its addresses.
 * @throws Refusal with the last log lines of a container that does not become ready
 */
export async function upByCompose(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      pull: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      profile: { type: 'string', multiple: true, default: [] },
      'ready-within': { type: 'string', default: '300' },
    },
  });
  const seconds = Number(values['ready-within']);
  if (!(seconds > 0))
    throw new Refusal(`--ready-within must be a number of seconds, but is "${values['ready-within']}".`);
  const compose = ['compose', ...values.profile.flatMap((name) => ['--profile', name])];
  await refuseWithoutCompose();
  if (values.pull) await showDocker('The images could not be pulled.', ...compose, 'pull');
  else if (!values['no-build']) await showDocker('The images could not be built.', ...compose, 'build');

  const config = JSON.parse(await docker(...compose, 'config', '--format', 'json')) as ComposeConfig;
  await untilReady(compose, config, seconds * 1_000);
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
  await docker('compose', 'version').catch(() => {
    throw new Refusal(
      'This command needs Docker with compose 2.26 or newer. npm start runs the platform without Docker.',
    );
  });
  await docker('info', '--format', '{{.ServerVersion}}').catch((error: Error) => {
    throw new Refusal(`The Docker engine does not answer. Start it, then run npm run up again.\n${error.message}`);
  });
}

/** Starts all containers, and prints which services wait for others until all containers are ready. */
async function untilReady(compose: string[], config: ComposeConfig, withinMs: number): Promise<void> {
  const starting = start(compose);
  const giveUpAt = performance.now() + withinMs;
  let said = { sentence: '', at: 0 };
  let failedPolls = 0;
  try {
    for (;;) {
      const { isDone, sentence, failed, slow } = progressOf(config, await containersOf(compose));
      const now = performance.now();
      if (sentence !== said.sentence || now - said.at > REMIND_AFTER_MS) {
        progress(sentence);
        said = { sentence, at: now };
      }
      if (isDone && starting.hasEnded) return;
      failedPolls = failed.length > 0 ? failedPolls + 1 : 0;
      const isLate = now > giveUpAt;
      if (starting.failure !== undefined || failedPolls > FAILED_POLLS_MAX || isLate) {
        const culprits = failed.length > 0 ? failed : slow.slice(0, 1);
        const logs = await Promise.all(culprits.map(async ({ Name }) => `${Name}:\n${await lastLines(Name)}`));
        const reason = isLate ? `Not ready within ${withinMs / 1_000} s. ${sentence}` : (starting.failure ?? sentence);
        throw new Refusal(
          `${[...logs, reason].join('\n')}\n\nThe running containers stay. Correct the cause, then run npm run up again.`,
        );
      }
      await delay(POLL_MS);
    }
  } finally {
    starting.stop();
  }
}

/** Runs `docker compose up`, which ends only when all containers have started. Some of them start late, because they wait for others. */
function start(compose: string[]) {
  const child = spawn('docker', [...compose, 'up', '--detach', '--no-build', '--quiet-pull'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-2_000)));
  const starting = { hasEnded: false, failure: undefined as string | undefined, stop: () => void child.kill() };
  const fail = (reason: string) => (starting.failure = reason);
  child.once('error', (error) => fail(error.message));
  child.once('close', (code) => {
    starting.hasEnded = true;
    if (code !== 0) fail(`${output.trim().split('\n').slice(-3).join('\n')}\ndocker compose up failed.`);
  });
  return starting;
}

/** `docker compose ps` fails if a container is replaced while it lists them, so this function tries again. */
async function containersOf(compose: string[], attempts = 5): Promise<Container[]> {
  const lines = await docker(...compose, 'ps', '--all', '--format', 'json').catch(async (error: unknown) => {
    if (attempts <= 1) throw error;
    await delay(POLL_MS);
    return undefined;
  });
  if (lines === undefined) return containersOf(compose, attempts - 1);
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
  const certificate = await docker(...compose, 'exec', '-T', 'nginx', 'cat', '/certs/tls.crt');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate]);
  return offerDemoUsers(url);
}
