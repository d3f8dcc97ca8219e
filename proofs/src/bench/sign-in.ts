import { withOwnPlatform } from '../own-platform.ts';
import { progress } from '@mainstay/platform/terminal';
import { openCustomer } from '../clients/customer.ts';
import { openHttpClient } from '../clients/http-client.ts';
import { withoutLimits } from '../limits.ts';
import { readFlags } from '../read-flags.ts';
import { quantile } from '../statistics.ts';

const rightMax = 0.6;
const shares = [0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
const people = 10;

/**
 * Measures the duration of refused sign-ins. Then compares each duration with a threshold, and so guesses whether the
 * e-mail has an account. The threshold is the duration that makes the most guesses correct. So slightly more than 50 %
 * of all guesses are correct even if the duration reveals nothing. Exit code 1 if more than 60 % are correct.
 *
 *   --samples 400   number of sign-ins with an account, and number of sign-ins without an account
 */
export async function run(args: string[]): Promise<void> {
  const { samples } = readFlags({ samples: 400 }, args);
  await withOwnPlatform({ name: 'timing', tell: progress, environment: withoutLimits }, async ({ url }, signal) => {
    const client = openHttpClient({ url });
    const known: string[] = [];
    for (let person = 0; person < people; person += 1) known.push((await openCustomer(client.send)).email);
    const emails = { known, unknown: known.map((_, person) => `unknown-${person}@example.com`) };
    const times = { known: [] as number[], unknown: [] as number[] };
    for (let sample = -20; sample < samples && !signal.aborted; sample += 1) {
      const order = Math.random() < 0.5 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
      for (const kind of order) {
        const startedMs = performance.now();
        const body = { email: emails[kind][Math.abs(sample) % people], password: 'a wrong one' };
        const { status } = await client.send({ path: '/v1/session', body });
        if (status !== 401) throw new Error(`A wrong password was answered with ${status}.`);
        if (sample >= 0) times[kind].push(performance.now() - startedMs); // negative samples are warm-up
      }
    }
    client.close();
    report(times);
  });
}

function report(times: { known: number[]; unknown: number[] }): void {
  console.table(
    Object.entries(times).map(([email, all]) => ({
      'e-mail': email,
      samples: all.length,
      ...Object.fromEntries(shares.map((share) => [`p${share * 100} ms`, quantile(all, share).toFixed(1)])),
    })),
  );
  const right = bestGuess(times.known, times.unknown);
  console.log(`ratio of the medians ${(quantile(times.unknown, 0.5) / quantile(times.known, 0.5)).toFixed(3)}`);
  console.log(
    `a guess by the time alone is right in ${(right * 100).toFixed(1)} % of cases (${rightMax * 100} % allowed)`,
  );
  if (right > rightMax) process.exitCode = 1;
}

/** Returns the largest share of durations that one threshold assigns correctly to `a` or `b` (Kolmogorov–Smirnov). */
function bestGuess(a: number[], b: number[]): number {
  const below = (times: number[], time: number) => times.filter((value) => value <= time).length / times.length;
  return 0.5 + Math.max(...[...a, ...b].map((time) => Math.abs(below(a, time) - below(b, time)))) / 2;
}
