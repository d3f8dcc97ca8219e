/**
 * Causes the fault of one alert on a temporary platform under traffic. Waits until the alert fires, ends the fault, and
 * waits until the alert ends. All times of the alert rules are divided by 60.
 *
 *   npm run drill                              lists all alerts and their faults
 *   npm run drill -- MainstayRelayStuck        one drill; exit code 1 if the alert does not fire or does not end
 *   npm run drill -- --all
 */
import { build, install } from '@mainstay/platform/start/install';
import { progress, Refusal, runCommand } from '@mainstay/platform/terminal';
import type { Drill } from './drills/drill.ts';
import { drills } from './drills/drills.ts';
import { withWatchedPlatform, type World } from './prometheus.ts';
import { until } from '@mainstay/platform/until';

const FIRE_WITHIN_S = 300;
/**
 * Each condition of an alert on an objective has two time windows. The condition ends, at the latest, when the shorter
 * window contains no bad events. The shorter window is at most six hours. A drill divides all times by 60, so six
 * minutes suffice. Ten minutes leave a reserve.
 */
const END_WITHIN_S = 600;

await runCommand(async () => {
  const args = process.argv.slice(2);
  const chosen = args.includes('--all') ? drills : drills.filter(({ alert }) => args.includes(alert));
  const unknown = args.find((arg) => arg !== '--all' && !drills.some(({ alert }) => alert === arg));
  if (unknown) throw new Refusal(`There is no drill for "${unknown}". npm run drill lists them.`);
  if (chosen.length === 0) return void drills.forEach(({ alert, what }) => console.log(`${alert.padEnd(31)} ${what}`));
  await install();
  await build();
  const failures: string[] = [];
  for (const drill of chosen) {
    await runDrill(drill).catch((error: Error) => {
      if (error instanceof Refusal) throw error;
      failures.push(drill.alert);
      progress(`${drill.alert}: ${error.message}`);
    });
  }
  console.log(`${chosen.length - failures.length} drills succeeded; failed: ${failures.join(', ') || 'none'}`);
  return failures.length === 0 ? 0 : 1;
});

async function runDrill(drill: Drill): Promise<void> {
  console.log(`\n${drill.alert}: ${drill.what}`);
  const environment = await drill.prepare?.();
  await withWatchedPlatform({ name: 'drill', environment, jobs: await drill.jobs?.() }, (world) =>
    watchAlert(drill, world),
  );
}

async function watchAlert({ alert, service, begin }: Drill, world: World): Promise<void> {
  const { prometheus } = world;
  const find = () => prometheus.find(alert, service);
  const within = <Value>(seconds: number, sentence: string, read: () => Promise<Value | undefined | false>) =>
    until(sentence, read, { timeoutMs: seconds * 1_000, everyMs: 500, signal: world.signal });
  await within(60, 'Prometheus has scraped every service', () => prometheus.isScraping());
  await within(120, `${alert} is silent before the fault`, async () => !(await find()));
  const end = await begin(world);
  progress('The fault has begun');
  try {
    const { annotations, labels } = await within(FIRE_WITHIN_S, `${alert} fires`, find);
    progress(`${alert} (${labels.severity}) fires: ${annotations.summary}`);
  } finally {
    await end();
  }
  const others = (await prometheus.firing()).map(({ labels }) => labels.alertname).filter((name) => name !== alert);
  progress(`The fault is ended. Also firing: ${[...new Set(others)].join(', ') || 'nothing'}`);
  await within(END_WITHIN_S, `${alert} ends`, async () => !(await find()));
  progress(`${alert} ended`);
}
