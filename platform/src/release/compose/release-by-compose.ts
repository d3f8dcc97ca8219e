import { setTimeout as delay } from 'node:timers/promises';
import { readOptions, wholeNumber } from '../../options.ts';
import { docker, lastLines, showDocker } from '../../processes/docker.ts';
import { migrations, releaseOrder } from '../../services.ts';
import { Refusal, progress } from '../../terminal.ts';
import { until } from '../../until.ts';

/** Time until callers know new containers: the gateway caches DNS replies for 5 s, and nginx and HAProxy for 1 s. */
const ADDRESSES_KNOWN_MS = 6_000;

/**
 * Runs `npm run release -- compose [SERVICE…]`. Starts new containers, then stops the old containers. The old
 * containers finish their requests before they stop.
 * @throws Refusal when new containers do not become healthy. The new containers are then removed, and the old
 * containers continue to serve.
 */
export async function releaseByCompose(args: string[]): Promise<void> {
  const options = { 'healthy-within': { type: 'string', default: '120' } } as const;
  const { positionals, values } = readOptions({ args, allowPositionals: true, options });
  const withinMs = wholeNumber('--healthy-within', values['healthy-within'], 1, 3_600) * 1_000;
  const run = ['compose', 'run', '--rm', '--no-deps'];
  for (const service of positionals.length > 0 ? positionals : releaseOrder) {
    // Migrations only add to the schema, so the old containers work with the new schema.
    for (const { job } of migrations.filter((one) => one.service === service))
      await showDocker('The migration failed. No container was replaced.', [...run, job]);
    await replace(service, withinMs);
  }
}

async function replace(service: string, healthyWithinMs: number): Promise<void> {
  const old = await containersOf(service);
  if (old.length === 0) throw new Refusal(`${service}: no container runs. Start the platform: docker compose up`);
  const up = ['up', '--detach', '--no-deps', '--no-build', '--no-recreate', '--quiet-pull'];
  const findFresh = async () => (await containersOf(service)).filter((id) => !old.includes(id));
  try {
    await docker(['compose', ...up, '--scale', `${service}=${2 * old.length}`, service]);
    const fresh = await findFresh();
    progress(`${service}: ${fresh.length} new containers start, and ${old.length} old ones still serve`);
    for (const id of fresh) await untilHealthy(id, service, healthyWithinMs);
  } catch (error) {
    const fresh = await findFresh();
    if (fresh.length > 0) await docker(['rm', '--force', ...fresh]);
    throw new Refusal(
      `${(error as Error).message}\n\n${service}: the new containers are removed, and the old ones continue to serve.`,
    );
  }
  await delay(ADDRESSES_KNOWN_MS);
  // All old containers can stop at the same time, because an equal number of new containers already receives requests.
  await docker(['stop', ...old]);
  await docker(['rm', ...old]);
  progress(`${service}: replaced`);
}

async function containersOf(service: string): Promise<string[]> {
  const ids = await docker(['compose', 'ps', '--all', '--quiet', service]);
  return ids.split('\n').filter((id) => id !== '');
}

async function untilHealthy(id: string, service: string, withinMs: number): Promise<void> {
  let state = '';
  const failure = async () =>
    new Refusal(`${await lastLines(id)}\n${service}: a new container did not become healthy: it is ${state}.`);
  const isHealthy = async () => {
    state = (await docker(['inspect', '--format', '{{.State.Status}} {{.State.Health.Status}}', id])).trim();
    if (/unhealthy|exited|dead/.test(state)) throw await failure();
    return state === 'running healthy';
  };
  await until(failure, isHealthy, { timeoutMs: withinMs, everyMs: 1_000 });
}
