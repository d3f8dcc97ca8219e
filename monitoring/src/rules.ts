import { serviceNames } from '@mainstay/platform/services';
import { stringify } from 'yaml';
import { causeGroups } from './cause-alerts.ts';
import { objectiveGroups } from './objective-rules.ts';
import type { Alert, RuleGroup } from './rule.ts';

const yaml = (content: object) =>
  `# Generated from monitoring/src: npm run generate.\n${stringify(content, { lineWidth: 0 })}`;
const secondsOf = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * Returns all rules, with these times divided by `divisor`: [5m] in PromQL, "5m" in a field, and {60s} for a number of
 * seconds. The divisor 60 turns one hour into one minute. The shortest time is one second.
 */
export function ruleGroups(divisor = 1): RuleGroup[] {
  const groups = JSON.stringify([requestGroup(), ...objectiveGroups, ...causeGroups]);
  const paced = groups.replaceAll(/(["[{])(\d+)([smhd])(["\]}])/g, (time, open: string, count, unit, close: string) => {
    const seconds = Math.max(1, (Number(count) * secondsOf[unit as keyof typeof secondsOf]) / divisor);
    if (open === '{') return String(seconds);
    return divisor === 1 ? time : `${open}${seconds}s${close}`;
  });
  return JSON.parse(paced) as RuleGroup[];
}

export function alerts(): Alert[] {
  return ruleGroups().flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));
}

export function ruleFile(divisor = 1): string {
  return yaml({ groups: ruleGroups(divisor) });
}

export function ruleFiles(): Record<string, string> {
  return {
    'docker/prometheus/rules/mainstay.yml': ruleFile(),
    // fork:remove kubernetes
    'k8s/components/prometheus-rule/prometheus-rule.yaml': yaml({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'mainstay' },
      spec: { groups: ruleGroups() },
    }),
    // end of fork:remove kubernetes
  };
}

/** Records the request rate and the error rate of each service. A dashboard queries these metrics. */
function requestGroup(): RuleGroup {
  const rate = (matchers: string) =>
    `sum by (namespace, service) (rate(http_request_duration_seconds_count{service=~"${serviceNames.join('|')}"${matchers}}[5m]))`;
  return {
    name: 'mainstay-requests',
    interval: '30s',
    rules: [
      { record: 'mainstay:requests:rate5m', expr: rate('') },
      { record: 'mainstay:errors:rate5m', expr: `${rate(',status_class="5xx"')} or 0 * ${rate('')}` },
    ],
  };
}
