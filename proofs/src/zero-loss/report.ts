import { groupBy, quantile } from '../statistics.ts';
import { tableOf } from '../table.ts';
import { isWithoutAnswer, type Outcome, type Outcomes } from './outcomes.ts';

const KINDS = {
  read: 'GET',
  statement: 'statement',
  keyed: 'POST with a key',
  unkeyed: 'POST without one',
  feed: 'live feed',
} as const;
const ENDINGS = ['answered', 'retried', 'lost', 'hung'] as const;

/** How every request ended, by entrance and kind. Latency is listed separately for requests during a disturbance and all others. */
export function requestTable(outcomes: Outcomes, doors: string[]): string {
  const head = ['entrance', 'request', 'sent', 'answered', 'retried by rule', 'lost', 'hung'];
  const latencies = ['calm p50 ms', 'calm p99 ms', 'disturbed p50 ms', 'disturbed p99 ms', 'longest ms'];
  const rows = doors.flatMap((door) =>
    Object.entries(KINDS).flatMap(([kind, title]) => {
      const those = outcomes.all.filter((outcome) => outcome.door === door && outcome.kind === kind);
      if (those.length === 0) return [];
      const counts = ENDINGS.map((ending) => those.filter((outcome) => outcome.ending === ending).length);
      return [[door, title, ...[those.length, ...counts].map(String), ...latenciesOf(kind, those, outcomes)]];
    }),
  );
  return tableOf([[...head, ...latencies], ...rows]);
}

function latenciesOf(kind: string, those: Outcome[], outcomes: Outcomes): string[] {
  const ended = kind === 'feed' ? [] : those.filter((outcome) => !isWithoutAnswer(outcome));
  const msOf = (list: Outcome[]) => list.map(({ beganAt, endedAt }) => endedAt - beganAt);
  const [calm, disturbed] = [false, true].map((was) => msOf(ended.filter((one) => outcomes.isDisturbed(one) === was)));
  const figures = [calm!, disturbed!].flatMap((times) => [quantile(times, 0.5), quantile(times, 0.99)]);
  return [...figures, quantile(msOf(ended), 1)].map((ms) => (Number.isNaN(ms) ? '' : ms.toFixed(0)));
}

/** The disturbances, how often each was made, and how long it took. */
export function disturbanceTable({ disturbances }: Outcomes): string {
  const rows = [...groupBy(disturbances, ({ name }) => name)].map(([name, those]) => {
    const seconds = those.map(({ beganAt, endedAt }) => (endedAt - beganAt) / 1_000);
    return [name, String(those.length), quantile(seconds, 0.5).toFixed(1), quantile(seconds, 1).toFixed(1)];
  });
  return tableOf([['disturbance', 'times', 'median s', 'longest s'], ...rows]);
}

/** Reasons of retries and losses, the most frequent first. */
export function reasonsOf(outcomes: Outcomes, most = 12): string[] {
  const named = outcomes.all.filter(({ ending }) => ending !== 'answered');
  const nameOf = ({ ending, kind, reason = '' }: Outcome) =>
    `${ending}, ${KINDS[kind]}: ${reason.replaceAll(/\d+ (ms|bytes)/g, 'N $1')}`;
  const sorted = [...groupBy(named, nameOf)].sort(([, a], [, b]) => b.length - a.length);
  return sorted.slice(0, most).map(([name, { length }]) => `${String(length).padStart(6)}  ${name}`);
}
