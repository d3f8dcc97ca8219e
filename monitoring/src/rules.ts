import { stringify } from 'yaml';
import { ruleGroups } from './rule-groups.ts';

export { alerts, ruleGroups } from './rule-groups.ts';

const origin = '# Generated from monitoring/src: npm run generate.\n';
const layout = { lineWidth: 0 };

/** The rules as a file for `rule_files`. */
export function ruleFile(divisor = 1): string {
  return origin + stringify({ groups: ruleGroups(divisor) }, layout);
}

/** The committed files, by path from the root: one set of rules, for Prometheus itself and for Prometheus Operator. */
export function ruleFiles(): Record<string, string> {
  // feature: kubernetes
  const prometheusRule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'mainstay' },
    spec: { groups: ruleGroups() },
  };
  // end feature: kubernetes
  return {
    'docker/prometheus/rules/mainstay.yml': ruleFile(),
    // feature: kubernetes
    'k8s/components/prometheus-rule/prometheus-rule.yaml': origin + stringify(prometheusRule, layout),
    // end feature: kubernetes
  };
}
