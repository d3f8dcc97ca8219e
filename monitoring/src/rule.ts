/** A rule as in Prometheus' rule file. */
export interface RecordingRule {
  record: string;
  expr: string;
  labels?: Record<string, string>;
}

export type Severity = 'page' | 'ticket';

export interface AlertingRule {
  alert: string;
  expr: string;
  for?: string;
  /** page: wakes an operator; ticket: in working hours. */
  labels: { severity: Severity; slo?: string };
  annotations: { summary: string; description: string; runbook: string };
}

export interface RuleGroup {
  name: string;
  interval?: string;
  rules: (RecordingRule | AlertingRule)[];
}

/** The pace of a set of rules: as in production, or 60 times faster in drills. */
export interface Pace {
  /** The number of seconds that replaces this many seconds of production. */
  seconds(seconds: number): number;
  /** The same in PromQL's notation. */
  text(seconds: number): string;
}

export const minuteS = 60;
export const hourS = 60 * minuteS;
export const dayS = 24 * hourS;

/** A duration below one second becomes one second. @throws Error if any other one is not a whole number */
export function paceOf(divisor: number): Pace {
  function secondsOf(seconds: number): number {
    const paced = Math.max(1, seconds / divisor);
    if (!Number.isInteger(paced)) throw new Error(`${seconds} s cannot be divided by ${divisor}`);
    return paced;
  }
  return {
    seconds: secondsOf,
    text(seconds) {
      const paced = secondsOf(seconds);
      if (paced % dayS === 0) return `${paced / dayS}d`;
      if (paced % hourS === 0) return `${paced / hourS}h`;
      return paced % minuteS === 0 ? `${paced / minuteS}m` : `${paced}s`;
    },
  };
}

/** The alert's section in the runbook. */
export const runbookOf = (alert: string) => `docs/runbook.md#${alert.toLowerCase()}`;
