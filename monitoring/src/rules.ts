import { stringify } from 'yaml';
import { ruleGroups } from './rule-groups.js';

export { alerts, ruleGroups } from './rule-groups.js';

const origin = '# Written by `npm run rules` from monitoring/src: change it there.\n';
const layout = { lineWidth: 0 };

/** The rules as a file for `rule_files`. */
export function ruleFile(divisor = 1): string {
  return origin + stringify({ groups: ruleGroups(divisor) }, layout);
}

/** What is committed, by path from the root: one set of rules, for Prometheus itself and for its operator. */
export function ruleFiles(): Map<string, string> {
  const prometheusRule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'mainstay' },
    spec: { groups: ruleGroups() },
  };
  return new Map([
    ['docker/prometheus/rules/mainstay.yml', ruleFile()],
    ['k8s/components/prometheus-rule/prometheus-rule.yaml', origin + stringify(prometheusRule, layout)],
  ]);
}
