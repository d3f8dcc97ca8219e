import { causeGroups } from './cause-alerts.ts';
import { objectiveGroups } from './objective-rules.ts';
import { services } from './objectives.ts';
import { minuteS, paceOf, type AlertingRule, type Pace, type RuleGroup } from './rule.ts';

/**
 * Every rule of the platform. A divisor shortens all windows and waits, and the values they are compared with: drills
 * use 60, so that an hour is a minute.
 * @throws Error if it leaves no whole seconds
 */
export function ruleGroups(divisor = 1): RuleGroup[] {
  const pace = paceOf(divisor);
  return [requestGroup(pace), ...objectiveGroups(pace), ...causeGroups(pace)];
}

/** Every alert, in the order of the rules. */
export function alerts(): AlertingRule[] {
  return ruleGroups().flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));
}

/** Recorded, because dashboards, rollouts and people all query them. */
function requestGroup(pace: Pace): RuleGroup {
  const rate = (matchers: string) => {
    const series = `http_request_duration_seconds_count{service=~"${services.join('|')}"${matchers}}`;
    return `sum by (namespace, service) (rate(${series}[${pace.text(5 * minuteS)}]))`;
  };
  return {
    name: 'mainstay-requests',
    interval: pace.text(30),
    rules: [
      { record: 'mainstay:requests:rate5m', expr: rate('') },
      { record: 'mainstay:errors:rate5m', expr: `${rate(',status_class="5xx"')} or 0 * ${rate('')}` },
    ],
  };
}
