// @ts-check
/** What became of the requests, for the progress line. */

/** @typedef {ReturnType<typeof createTally>} Tally */

export function createTally() {
  const all = createCounts();
  let recent = createCounts();
  let feeds = 0;
  let heard = 0;
  const both = (/** @type {(counts: Counts) => void} */ count) => [all, recent].forEach(count);
  return {
    /** @param {number} status @param {number} durationMs */
    answered(status, durationMs) {
      both((counts) => {
        const statusClass = `${Math.floor(status / 100)}xx`;
        counts.classes[statusClass] = (counts.classes[statusClass] ?? 0) + 1;
      });
      recent.durationsMs.push(durationMs);
    },
    unanswered: () => both((counts) => (counts.unanswered += 1)),
    heldBack: () => both((counts) => (counts.heldBack += 1)),
    /** @param {number} change */
    watching: (change) => void (feeds += change),
    /** @param {number} events */
    heard: (events) => void (heard += events),
    hasAnswers: () => Object.keys(all.classes).length > 0,
    total: () => sentenceOf(all),
    /** What happened since it was asked the last time. */
    recent() {
      const [past, seconds] = [recent, (performance.now() - recent.sinceMs) / 1_000];
      recent = createCounts();
      const sorted = past.durationsMs.sort((one, other) => one - other);
      const quantile = (/** @type {number} */ share) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
      const rate = (answersOf(past) / seconds).toFixed(1);
      return `${rate}/s: ${sentenceOf(past)}; p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms; ${feeds} feeds, ${heard} events`;
    },
  };
}

/** @typedef {ReturnType<typeof createCounts>} Counts */
function createCounts() {
  return {
    sinceMs: performance.now(),
    /** @type {Record<string, number>} */
    classes: {},
    unanswered: 0,
    heldBack: 0,
    /** @type {number[]} */
    durationsMs: [],
  };
}

/** @param {Counts} counts */
const answersOf = ({ classes }) => Object.values(classes).reduce((sum, count) => sum + count, 0);

/** @param {Counts} counts */
function sentenceOf(counts) {
  const classes = Object.entries(counts.classes).sort(([one], [other]) => one.localeCompare(other));
  const parts = classes.map(([name, count]) => `${count} × ${name}`);
  if (counts.unanswered > 0) parts.push(`${counts.unanswered} without an answer`);
  if (counts.heldBack > 0) parts.push(`${counts.heldBack} held back`);
  return parts.length > 0 ? parts.join(', ') : 'nothing yet';
}
