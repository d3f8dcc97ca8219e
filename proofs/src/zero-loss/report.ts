import { groupBy, quantile } from '../statistics.ts';
import { isWithoutAnswer, type Outcome, type Outcomes } from './outcomes.ts';

const KINDS = {
  read: 'GET',
  statement: 'statement',
  keyed: 'POST with a key',
  unkeyed: 'POST without one',
  feed: 'live feed',
} as const;

/** Prints how the requests ended. Requests during a disturbance have separate latencies. */
export function printRequests(outcomes: Outcomes): void {
  const groups = groupBy(outcomes.all, ({ door, kind }) => `${door}: ${KINDS[kind]}`);
  const rows = [...groups].sort().map(([request, those]) => {
    const count = (ending: Outcome['ending']) => those.filter((one) => one.ending === ending).length;
    const timed = those.filter((one) => one.kind !== 'feed' && !isWithoutAnswer(one));
    const latency = (isDisturbed: boolean, share: number) => {
      const ended = timed.filter((one) => outcomes.isDisturbed(one) === isDisturbed);
      return Math.round(quantile(durationsMs(ended), share));
    };
    return {
      ...{ request, sent: those.length, answered: count('answered'), 'retried by rule': count('retried') },
      ...{ lost: count('lost'), hung: count('hung') },
      ...{ 'calm p50 ms': latency(false, 0.5), 'calm p99 ms': latency(false, 0.99) },
      ...{ 'disturbed p50 ms': latency(true, 0.5), 'disturbed p99 ms': latency(true, 0.99) },
      'longest ms': Math.round(quantile(durationsMs(timed), 1)),
    };
  });
  console.table(rows);
}

/** Prints for each kind of disturbance how often it was made, and the median and the longest duration. */
export function printDisturbances({ disturbances }: Outcomes): void {
  const rows = [...groupBy(disturbances, ({ name }) => name)].map(([disturbance, those]) => {
    const seconds = durationsMs(those).map((ms) => Math.round(ms / 100) / 10);
    return { disturbance, times: those.length, 'median s': quantile(seconds, 0.5), 'longest s': quantile(seconds, 1) };
  });
  console.table(rows);
}

const durationsMs = (list: { beganAt: number; endedAt: number }[]) =>
  list.map(({ beganAt, endedAt }) => endedAt - beganAt);

/** Returns the reasons of retries and losses, the most frequent first. */
export function reasonsOf(outcomes: Outcomes, most = 12): string[] {
  const named = outcomes.all.filter(({ ending }) => ending !== 'answered');
  const nameOf = ({ ending, kind, reason = '' }: Outcome) =>
    `${ending}, ${KINDS[kind]}: ${reason.replaceAll(/\d+ (ms|bytes)/g, 'N $1')}`;
  const sorted = [...groupBy(named, nameOf)].sort(([, a], [, b]) => b.length - a.length);
  return sorted.slice(0, most).map(([name, { length }]) => `${String(length).padStart(6)}  ${name}`);
}
