import { rowsOf } from '../campaign/report.ts';
import { isWithoutAnswer } from './outcomes.ts';
import type { Outcomes, Outcome } from './outcomes.ts';

const KINDS = {
  read: 'GET',
  statement: 'statement',
  keyed: 'POST with a key',
  unkeyed: 'POST without one',
  feed: 'live feed',
} as const;

/**
 * What became of every request, by door and kind; latencies in milliseconds, of those under way while nothing was done to the platform and of the others.
 * @param doors in the order of the table
 */
export function requestTable(outcomes: Outcomes, doors: string[]) {
  const rows = doors.flatMap((door) =>
    Object.entries(KINDS).flatMap(([kind, title]) => {
      const those = outcomes.all.filter((outcome) => outcome.door === door && outcome.kind === kind);
      return those.length === 0 ? [] : [[door, title, ...countsOf(those), ...latenciesOf(kind, those, outcomes)]];
    }),
  );
  const head = ['door', 'request', 'sent', 'answered', 'retried by rule', 'lost', 'hung'];
  return rowsOf([
    [...head, 'calm p50 ms', 'calm p99 ms', 'disturbed p50 ms', 'disturbed p99 ms', 'longest ms'],
    ...rows,
  ]);
}

function countsOf(those: Outcome[]) {
  const endings = ['answered', 'retried', 'lost', 'hung'] as const;
  return [those.length, ...endings.map((ending) => those.filter((outcome) => outcome.ending === ending).length)].map(
    String,
  );
}

function latenciesOf(kind: string, those: Outcome[], outcomes: Outcomes) {
  if (kind === 'feed') return ['', '', '', '', ''];
  const ended = those.filter((outcome) => !isWithoutAnswer(outcome));
  const [calm, disturbed] = [false, true].map((was) =>
    ended
      .filter((outcome) => outcomes.isDisturbed(outcome) === was)
      .map(({ beganAt, endedAt }) => endedAt - beganAt)
      .sort((a, b) => a - b),
  );
  const all = [calm, disturbed].flatMap((times = []) => [quantile(times, 0.5), quantile(times, 0.99)]);
  return [...all, Math.max(calm?.at(-1) ?? 0, disturbed?.at(-1) ?? 0)].map((ms) =>
    Number.isNaN(ms) ? '' : ms.toFixed(0),
  );
}

function quantile(sorted: number[], share: number) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** What was done to the platform, how often, and how long it took. */
export function disturbanceTable({ disturbances }: Outcomes) {
  const names = [...new Set(disturbances.map(({ name }) => name))];
  const rows = names.map((name) => {
    const seconds = disturbances
      .filter((one) => one.name === name)
      .map(({ beganAt, endedAt }) => (endedAt - beganAt) / 1_000)
      .sort((a, b) => a - b);
    return [name, String(seconds.length), quantile(seconds, 0.5).toFixed(1), (seconds.at(-1) ?? 0).toFixed(1)];
  });
  return rowsOf([['disturbance', 'times', 'median s', 'longest s'], ...rows]);
}

/** Why requests were not simply answered, the most frequent reason first. */
export function reasonsOf(outcomes: Outcomes, most = 12) {
  const counts = new Map<string, number>();
  for (const { ending, kind, reason = '' } of outcomes.all) {
    if (ending === 'answered') continue;
    const name = `${ending}, ${KINDS[kind]}: ${reason.replaceAll(/\d+ (ms|bytes)/g, 'N $1')}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.slice(0, most).map(([name, count]) => `${String(count).padStart(6)}  ${name}`);
}
