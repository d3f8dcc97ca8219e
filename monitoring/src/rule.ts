export interface RecordingRule {
  record: string;
  expr: string;
  labels?: Record<string, string>;
}

export interface Alert {
  alert: string;
  expr: string;
  for?: string;
  /** `page` wakes an operator. `ticket` can wait for working hours. */
  labels: { severity: 'page' | 'ticket'; slo?: string };
  annotations: { summary: string; description: string; runbook: string };
}

export interface RuleGroup {
  name: string;
  interval: string;
  rules: (RecordingRule | Alert)[];
}

export const runbookOf = (alert: string) => `docs/runbook.md#${alert.toLowerCase()}`;
