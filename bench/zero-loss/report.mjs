// @ts-check
import { rowsOf } from '../campaign/report.mjs';
import { isWithoutAnswer } from './outcomes.mjs';

/** @typedef {import('./outcomes.mjs').Outcomes} Outcomes */
/** @typedef {import('./outcomes.mjs').Outcome} Outcome */

const KINDS = /** @type {const} */ ({
  read: 'GET',
  statement: 'statement',
  keyed: 'POST with a key',
  unkeyed: 'POST without one',
  feed: 'live feed',
});

/**
 * What became of every request, by door and kind; latencies in milliseconds, of those under way while nothing was done to the platform and of the others.
 * @param {Outcomes} outcomes
 * @param {string[]} doors in the order of the table
 */
export function requestTable(outcomes, doors) {
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

/** @param {Outcome[]} those */
function countsOf(those) {
  const endings = /** @type {const} */ (['answered', 'retried', 'lost', 'hung']);
  return [those.length, ...endings.map((ending) => those.filter((outcome) => outcome.ending === ending).length)].map(
    String,
  );
}

/**
 * @param {string} kind
 * @param {Outcome[]} those
 * @param {Outcomes} outcomes
 */
function latenciesOf(kind, those, outcomes) {
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

/** @param {number[]} sorted @param {number} share */
function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/**
 * What was done to the platform, how often, and how long it took.
 * @param {Outcomes} outcomes
 */
export function disturbanceTable({ disturbances }) {
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

/**
 * Why requests were not simply answered, the most frequent reason first.
 * @param {Outcomes} outcomes
 * @param {number} most
 */
export function reasonsOf(outcomes, most = 12) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { ending, kind, reason = '' } of outcomes.all) {
    if (ending === 'answered') continue;
    const name = `${ending}, ${KINDS[kind]}: ${reason.replaceAll(/\d+ (ms|bytes)/g, 'N $1')}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.slice(0, most).map(([name, count]) => `${String(count).padStart(6)}  ${name}`);
}
