import { allowedShare, objectives, type Objective } from './objectives.ts';
import { runbookOf, type Alert, type RecordingRule, type RuleGroup } from './rule.ts';

/** How far back the recorded ratios look. */
const ratioWindows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];

/**
 * Windows and factors of the Site Reliability Workbook, chapter 5. The alert fires if bad events occur at `factor` times
 * the allowed rate in both windows, which uses a part of the month's budget within the long one. The short window lets
 * the alert end soon.
 */
const burns = [
  {
    speed: 'Fast',
    severity: 'page',
    windows: [
      { long: '1h', short: '5m', factor: 14.4 },
      { long: '6h', short: '30m', factor: 6 },
    ],
    says: '2 % of the month’s budget within an hour, or 5 % within six',
  },
  {
    speed: 'Slow',
    severity: 'ticket',
    windows: [
      { long: '1d', short: '2h', factor: 3 },
      { long: '3d', short: '6h', factor: 1 },
    ],
    says: '10 % of the month’s budget within one day or three',
  },
] as const;

/** Fewer failures are not significant, for example at night. */
const badEventsMin = 10;

/** The recorded ratios of the objectives, and the alerts that use them. */
export const objectiveGroups: RuleGroup[] = [
  { name: 'mainstay-objectives', interval: '1m', rules: [...objectives.flatMap(rateRules), ...ratioRules()] },
  // Thirty days take long to compute, so this is done less often. Prometheus ignores samples older than five minutes.
  { name: 'mainstay-budgets', interval: '2m', rules: objectives.map(budgetRule) },
  {
    name: 'mainstay-burn',
    interval: '1m',
    rules: objectives.flatMap((objective) => burns.map((burn) => burnAlert(objective, burn))),
  },
];

/** All and bad events a second. The bad ones are 0 if there are none, so that both have samples at the same moments. */
function rateRules({ slo, total, bad }: Objective): RecordingRule[] {
  return [
    { record: 'mainstay:slo_events:rate5m', expr: total, labels: { slo } },
    { record: 'mainstay:slo_bad_events:rate5m', expr: `(${bad}) or 0 * ${total}`, labels: { slo } },
  ];
}

/**
 * Both rates have samples at the same moments, so the ratio of their averages is the ratio of the events. This way a
 * window of days costs no more than one of minutes.
 */
function ratioRules(): RecordingRule[] {
  return ratioWindows.map((window) => ({
    record: `mainstay:slo_bad_events:ratio_rate${window}`,
    expr: window === '5m' ? 'mainstay:slo_bad_events:rate5m / mainstay:slo_events:rate5m' : ratioOver(window),
  }));
}

function ratioOver(window: string, matcher = ''): string {
  return `avg_over_time(mainstay:slo_bad_events:rate5m${matcher}[${window}]) / avg_over_time(mainstay:slo_events:rate5m${matcher}[${window}])`;
}

function budgetRule(objective: Objective): RecordingRule {
  const { slo } = objective;
  const spent = `${ratioOver('30d', `{slo="${slo}"}`)} / ${allowedShare(objective)}`;
  return { record: 'mainstay:slo_budget:remaining30d', expr: `1 - ${spent}`, labels: { slo } };
}

function burnAlert(objective: Objective, { speed, severity, windows, says }: (typeof burns)[number]): Alert {
  const { slo, promise } = objective;
  const alert = `Mainstay${slo[0]?.toUpperCase()}${slo.slice(1)}${speed}Burn`;
  const conditions = windows.map(({ long, short, factor }) => {
    const limit = Number((factor * allowedShare(objective)).toFixed(6));
    const over = (window: string) => `mainstay:slo_bad_events:ratio_rate${window}{slo="${slo}"} > ${limit}`;
    // A sample of events a second stands for the time between two samples.
    const counted = `sum_over_time(mainstay:slo_bad_events:rate5m{slo="${slo}"}[${long}]) * {60s}`;
    return `(${over(long)} and ${over(short)} and ${counted} >= ${badEventsMin})`;
  });
  return {
    alert,
    expr: conditions.join('\nor\n'),
    labels: { severity, slo },
    annotations: {
      summary: `The objective is being missed: ${promise}`,
      description: `{{ $value | humanizePercentage }} are bad: this burns ${says}.`,
      runbook: runbookOf(alert),
    },
  };
}
