/** Replaces the containers of a running compose project without losing a request: new ones start beside the old ones, and the old ones drain. */
import { execFile, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { root } from '../../root.ts';
import { migrations, releaseOrder } from '../../services.ts';
import { Refusal, progress } from '../../terminal.ts';

const run = promisify(execFile);
const POLL_MS = 500;
/** The gateway (5 s) and the edge (1 s) cache a name's addresses that long. */
const ADDRESSES_KNOWN_MS = 6_000;

/**
 * Runs `npm run release -- compose [SERVICE…]`. The project is that of COMPOSE_PROJECT_NAME and COMPOSE_FILE, by
 * default `mainstay`.
 * @throws Refusal when new containers do not become healthy; they are removed, and the old ones serve on
 */
export async function releaseByCompose(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'healthy-within': { type: 'string', default: '120' } },
  });
  const seconds = Number(values['healthy-within']);
  if (!(seconds > 0))
    throw new Refusal(`--healthy-within must be a number of seconds, but is "${values['healthy-within']}".`);
  for (const service of positionals.length > 0 ? positionals : releaseOrder) {
    // Expand only: the old containers work on the new schema.
    for (const { job } of migrations.filter((one) => one.service === service))
      await show('docker', 'compose', 'run', '--rm', '--no-deps', job);
    await replace(service, seconds * 1_000);
  }
}

async function replace(service: string, healthyWithinMs: number): Promise<void> {
  const old = await containersOf(service);
  if (old.length === 0) throw new Refusal(`${service}: no container runs. Start the platform: docker compose up`);
  const up = ['up', '--detach', '--no-deps', '--no-build', '--no-recreate', '--quiet-pull'];
  const findFresh = async () => (await containersOf(service)).filter((id) => !old.includes(id));
  try {
    await docker('compose', ...up, '--scale', `${service}=${2 * old.length}`, service);
    const fresh = await findFresh();
    progress(`${service}: ${fresh.length} new beside ${old.length} old`);
    for (const id of fresh) await untilHealthy(id, service, healthyWithinMs);
  } catch (error) {
    const fresh = await findFresh();
    if (fresh.length > 0) await docker('rm', '--force', ...fresh);
    throw new Refusal(
      `${(error as Error).message}\n\n${service}: the new containers are removed, and the old ones serve on.`,
    );
  }
  await delay(ADDRESSES_KNOWN_MS);
  for (const id of old) {
    await docker('stop', id); // including the time of stop_grace_period
    await docker('rm', id);
  }
  progress(`${service}: replaced`);
}

async function containersOf(service: string): Promise<string[]> {
  const ids = await docker('compose', 'ps', '--all', '--quiet', service);
  return ids.split('\n').filter((id) => id !== '');
}

async function untilHealthy(id: string, service: string, withinMs: number): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const state = (await docker('inspect', '--format', '{{.State.Status}} {{.State.Health.Status}}', id)).trim();
    if (state === 'running healthy') return;
    if (/unhealthy|exited|dead/.test(state) || performance.now() > giveUpAt) {
      const { stdout, stderr } = await run('docker', ['logs', '--tail', '20', id]);
      throw new Refusal(`${stdout}${stderr}\n${service}: a new container did not become healthy (${state}).`);
    }
    await delay(POLL_MS);
  }
}

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run('docker', args, { cwd: root, maxBuffer: 16 * 1024 * 1024 }).catch(
    (error: Error & { stderr?: string }) => {
      throw new Refusal(`${error.stderr ?? error.message}\n\ndocker ${args.slice(0, 2).join(' ')} failed.`);
    },
  );
  return stdout;
}

/** Runs a program whose output the user sees. */
function show(command: string, ...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Refusal('The migration failed. No container was replaced.')),
    );
  });
}
