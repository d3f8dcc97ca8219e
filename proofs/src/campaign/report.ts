import type { Round } from './rounds.ts';
import type { Result } from '../money/result.ts';
import type { Tally } from './tally.ts';
export interface Outcome {
  seed: number;
  seconds: number;
  clients: number;
  rounds: Round[];
  tally: Tally;
  results: Result[];
  feeds: { due: number; missing: string[]; repeated: string[] };
}

/** The campaign's table, as Markdown. */
export function tableOf({ seed, seconds, clients, rounds, tally, results, feeds }: Outcome) {
  const found = (name: string) => results.find((result) => result.name === name)?.violations.length ?? 0;
  const worst = [...rounds].sort((a, b) => b.recoveryMs - a.recoveryMs)[0];
  return rowsOf([
    ['rounds', String(rounds.length)],
    ['seed', String(seed)],
    ['seconds of load', seconds.toFixed(0)],
    ['clients', String(clients)],
    ['requests', String(tally.requests)],
    ['acknowledged', String(tally.acknowledged)],
    ['retried', `${tally.retried} (${countsOf(tally.reasons)})`],
    ['refused by reason', countsOf(tally.refused)],
    ['lost', String(found('lost') + found('made'))],
    ['doubled', String(found('doubled'))],
    ['missing events', String(found('missing events'))],
    ['doubled events', String(found('doubled events'))],
    ['live feeds: opened, events shown', `${tally.feedsOpened}, ${tally.feedEvents}`],
    ['live feeds: gaps, repeats', `${feeds.missing.length} of ${feeds.due} due, ${feeds.repeated.length}`],
    ['signed in again', String(tally.signedInAgain)],
    ['longest outage seen by a client', `${(tally.longestOutageMs / 1_000).toFixed(1)} s`],
    [
      'longest until money and activity were served again',
      worst ? `${secondsOf(worst)} (${worst.fault} ${worst.detail})` : '',
    ],
  ]);
}

/** How long each fault was felt after its cause was gone. */
export function recoveryTable(rounds: Round[]) {
  const names = [...new Set(rounds.map(({ fault }) => fault))].sort();
  const rows = names.map((name) => {
    const times = rounds.filter(({ fault }) => fault === name).map(({ recoveryMs }) => recoveryMs);
    return [name, String(times.length), `${(Math.max(...times) / 1_000).toFixed(1)} s`];
  });
  return rowsOf([['fault', 'times', 'longest until served again'], ...rows]);
}

function secondsOf({ recoveryMs }: Round) {
  return `${(recoveryMs / 1_000).toFixed(1)} s`;
}

function countsOf(counts: Map<string, number>) {
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}

/** @param rows the first one is the head where it has three cells */
export function rowsOf(rows: string[][]) {
  const isHeadless = rows[0]?.length === 2;
  const all = isHeadless ? [['', ''], ...rows] : rows;
  const widths = (all[0] ?? []).map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  return [lines[0], `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines.slice(1)].join('\n');
}
