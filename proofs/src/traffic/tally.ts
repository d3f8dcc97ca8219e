/** What became of the requests, for the progress line. */

export type Tally = ReturnType<typeof createTally>;

export function createTally() {
  const all = createCounts();
  let recent = createCounts();
  let feeds = 0;
  let heard = 0;
  const both = (count: (counts: Counts) => void) => [all, recent].forEach(count);
  return {
    answered(status: number, durationMs: number) {
      both((counts) => {
        const statusClass = `${Math.floor(status / 100)}xx`;
        counts.classes[statusClass] = (counts.classes[statusClass] ?? 0) + 1;
      });
      recent.durationsMs.push(durationMs);
    },
    unanswered: () => both((counts) => (counts.unanswered += 1)),
    heldBack: () => both((counts) => (counts.heldBack += 1)),
    watching: (change: number) => void (feeds += change),
    heard: (events: number) => void (heard += events),
    hasAnswers: () => Object.keys(all.classes).length > 0,
    total: () => sentenceOf(all),
    /** What happened since it was asked the last time. */
    recent() {
      const [past, seconds] = [recent, (performance.now() - recent.sinceMs) / 1_000];
      recent = createCounts();
      const sorted = past.durationsMs.sort((one, other) => one - other);
      const quantile = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
      const rate = (answersOf(past) / seconds).toFixed(1);
      return `${rate}/s: ${sentenceOf(past)}; p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms; ${feeds} feeds, ${heard} events`;
    },
  };
}

type Counts = ReturnType<typeof createCounts>;
function createCounts() {
  return {
    sinceMs: performance.now(),
    classes: {} as Record<string, number>,
    unanswered: 0,
    heldBack: 0,
    durationsMs: [] as number[],
  };
}

const answersOf = ({ classes }: Counts) => Object.values(classes).reduce((sum, count) => sum + count, 0);

function sentenceOf(counts: Counts) {
  const classes = Object.entries(counts.classes).sort(([one], [other]) => one.localeCompare(other));
  const parts = classes.map(([name, count]) => `${count} × ${name}`);
  if (counts.unanswered > 0) parts.push(`${counts.unanswered} without an answer`);
  if (counts.heldBack > 0) parts.push(`${counts.heldBack} held back`);
  return parts.length > 0 ? parts.join(', ') : 'nothing yet';
}
