import { objectiveDays, objectives, type Objective } from './objectives.ts';
import {
  dayS,
  hourS,
  minuteS,
  runbookOf,
  type AlertingRule,
  type RuleGroup,
  type Severity,
  type Pace,
} from './rule.ts';

/** How far back the recorded ratios look. Their names contain the windows of production, even if drills divide them. */
const ratioWindows = {
  '5m': 5 * minuteS,
  '30m': 30 * minuteS,
  '1h': hourS,
  '2h': 2 * hourS,
  '6h': 6 * hourS,
  '1d': dayS,
  '3d': 3 * dayS,
};
type RatioWindow = keyof typeof ratioWindows;

interface Burn {
  speed: 'Fast' | 'Slow';
  severity: Severity;
  /**
   * The alert fires if bad events occur at `factor` times the allowed rate in both windows, which uses a part of the
   * month's budget within the long one. The short window lets the alert end soon.
   */
  windows: { long: RatioWindow; short: RatioWindow; factor: number }[];
  says: string;
}

/** Windows and factors of the Site Reliability Workbook, chapter 5: 2 % and 5 % of a month's budget page, 10 % make a ticket. */
const burns: Burn[] = [
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
];

/** Seconds between two recorded samples. */
const evaluationS = 60;

/** Fewer failures are not significant, for example at night. */
const badEventsMin = 10;

/** The recorded ratios of the objectives, and the alerts that use them. */
export function objectiveGroups(pace: Pace): RuleGroup[] {
  return [
    { name: 'mainstay-objectives', interval: pace.text(evaluationS), rules: [...rateRules(pace), ...ratioRules(pace)] },
    {
      name: 'mainstay-budgets',
      // Thirty days take long to compute, so this is done less often. Prometheus ignores samples older than five minutes.
      interval: pace.text(2 * minuteS),
      rules: objectives.map((objective) => budgetRule(objective, pace)),
    },
    {
      name: 'mainstay-burn',
      interval: pace.text(evaluationS),
      rules: objectives.flatMap((objective) => burns.map((burn) => burnAlert(objective, burn, pace))),
    },
  ];
}

/** All and bad events a second. The bad ones are 0 if there are none, so that both have samples at the same moments. */
function rateRules(pace: Pace) {
  const window = pace.text(5 * minuteS);
  return objectives.flatMap(({ slo, total, bad }) => [
    { record: 'mainstay:slo_events:rate5m', expr: total(window), labels: { slo } },
    { record: 'mainstay:slo_bad_events:rate5m', expr: `(${bad(window)}) or 0 * ${total(window)}`, labels: { slo } },
  ]);
}

/**
 * Both rates have samples at the same moments, so the ratio of their averages is the ratio of the events. This way a
 * window of days costs no more than one of minutes.
 */
function ratioRules(pace: Pace) {
  return Object.entries(ratioWindows).map(([name, seconds]) => ({
    record: `mainstay:slo_bad_events:ratio_rate${name}`,
    expr: name === '5m' ? 'mainstay:slo_bad_events:rate5m / mainstay:slo_events:rate5m' : ratioOver(pace.text(seconds)),
  }));
}

function ratioOver(window: string, matcher = ''): string {
  return `avg_over_time(mainstay:slo_bad_events:rate5m${matcher}[${window}]) / avg_over_time(mainstay:slo_events:rate5m${matcher}[${window}])`;
}

function budgetRule({ slo, target }: Objective, pace: Pace) {
  return {
    record: 'mainstay:slo_budget:remaining30d',
    expr: `1 - ${ratioOver(pace.text(objectiveDays * dayS), `{slo="${slo}"}`)} / ${allowed(target)}`,
    labels: { slo },
  };
}

/** Share of bad events that uses up the budget in exactly the objective's days. */
function allowed(target: number): number {
  return Number((1 - target).toFixed(6));
}

function burnAlert(
  { slo, target, promise }: Objective,
  { speed, severity, windows, says }: Burn,
  pace: Pace,
): AlertingRule {
  const alert = `Mainstay${slo[0]?.toUpperCase()}${slo.slice(1)}${speed}Burn`;
  const conditions = windows.map(({ long, short, factor }) => {
    const limit = Number((factor * allowed(target)).toFixed(6));
    const over = (window: RatioWindow) => `mainstay:slo_bad_events:ratio_rate${window}{slo="${slo}"} > ${limit}`;
    const counted = `sum_over_time(mainstay:slo_bad_events:rate5m{slo="${slo}"}[${pace.text(ratioWindows[long])}])`;
    const enough = `${counted} * ${pace.seconds(evaluationS)} >= ${badEventsMin}`;
    return `(${over(long)} and ${over(short)} and ${enough})`;
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
