import { allowedShare, objectives, type Objective } from './objectives.ts';
import { runbookOf, type Alert, type RecordingRule, type RuleGroup } from './rule.ts';

/** The names of recorded ratios contain these windows. Drills divide the windows by 60 and do not change the names. */
const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];

/** The limits come from the Site Reliability Workbook, chapter 5. The short window ends an alert soon after a fault. */
const burns = [
  {
    speed: 'Fast',
    severity: 'page',
    pairs: [
      { long: '1h', short: '5m', factor: 14.4 },
      { long: '6h', short: '30m', factor: 6 },
    ],
    says: '2 % of the month’s error budget within an hour, or 5 % within six hours',
  },
  {
    speed: 'Slow',
    severity: 'ticket',
    pairs: [
      { long: '1d', short: '2h', factor: 3 },
      { long: '3d', short: '6h', factor: 1 },
    ],
    says: '10 % of the month’s error budget within one day, or within three days',
  },
] as const;

/** Below this number of bad events, no alert fires, because few failures can be a large share of few requests. */
const badEventsMin = 10;

export const objectiveGroups: RuleGroup[] = [
  { name: 'mainstay-objectives', interval: '1m', rules: [...objectives.flatMap(rateRules), ...windows.map(ratioRule)] },
  // A window of 30 days is expensive. Prometheus ignores samples older than 5 minutes, so the interval must be shorter.
  { name: 'mainstay-budgets', interval: '2m', rules: objectives.map(budgetRule) },
  { name: 'mainstay-burn', interval: '1m', rules: objectives.flatMap(burnAlerts) },
];

/** `bad` can return nothing if no event is bad. The rule then records 0, so both rates have samples at equal times. */
function rateRules({ slo, total, bad }: Objective): RecordingRule[] {
  return [
    { record: 'mainstay:slo_events:rate5m', expr: total, labels: { slo } },
    { record: 'mainstay:slo_bad_events:rate5m', expr: `(${bad}) or 0 * ${total}`, labels: { slo } },
  ];
}

function ratioRule(window: string): RecordingRule {
  const expr = window === '5m' ? 'mainstay:slo_bad_events:rate5m / mainstay:slo_events:rate5m' : ratioOver(window);
  return { record: `mainstay:slo_bad_events:ratio_rate${window}`, expr };
}

/** Both rates have the same number of samples, so the ratio of the averages equals the ratio of the sums. */
function ratioOver(window: string, matcher = ''): string {
  return `avg_over_time(mainstay:slo_bad_events:rate5m${matcher}[${window}]) / avg_over_time(mainstay:slo_events:rate5m${matcher}[${window}])`;
}

function budgetRule(objective: Objective): RecordingRule {
  const { slo } = objective;
  const spent = `${ratioOver('30d', `{slo="${slo}"}`)} / ${allowedShare(objective)}`;
  return { record: 'mainstay:slo_budget:remaining30d', expr: `1 - ${spent}`, labels: { slo } };
}

function burnAlerts(objective: Objective): Alert[] {
  const { slo, promise, measured } = objective;
  return burns.map(({ speed, severity, pairs, says }) => {
    const alert = `Mainstay${slo[0]?.toUpperCase()}${slo.slice(1)}${speed}Burn`;
    const conditions = pairs.map(({ long, short, factor }) => {
      const limit = Number((factor * allowedShare(objective)).toFixed(6));
      const over = (window: string) => `mainstay:slo_bad_events:ratio_rate${window}{slo="${slo}"} > ${limit}`;
      // Each sample is a rate per second, so it is multiplied by the 60 s between two samples.
      const counted = `sum_over_time(mainstay:slo_bad_events:rate5m{slo="${slo}"}[${long}]) * {60s}`;
      return `(${over(long)} and ${over(short)} and ${counted} >= ${badEventsMin})`;
    });
    const summary = `The objective is being missed: ${promise}`;
    const description = `{{ $value | humanizePercentage }} of the ${measured} are bad. This uses ${says}.`;
    const annotations = { summary, description, runbook: runbookOf(alert) };
    return { alert, expr: conditions.join('\nor\n'), labels: { severity, slo }, annotations };
  });
}
