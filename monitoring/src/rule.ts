/** As Prometheus reads them from a rule file. */
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
  /** page: wake somebody; ticket: in working hours. */
  labels: { severity: Severity; slo?: string };
  annotations: { summary: string; description: string; runbook: string };
}

export interface RuleGroup {
  name: string;
  interval?: string;
  rules: (RecordingRule | AlertingRule)[];
}

/** How long things take in a set of rules: as written in production, 60 times shorter in drills. */
export interface Pace {
  /** What so many seconds of production's are here. */
  seconds(seconds: number): number;
  /** The same as PromQL writes it. */
  text(seconds: number): string;
}

export const minuteS = 60;
export const hourS = 60 * minuteS;
export const dayS = 24 * hourS;

/** @throws Error at a duration that the divisor leaves no whole seconds of; below one second there is one */
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

/** Where the runbook tells what to do about an alert. */
export const runbookOf = (alert: string) => `docs/runbook.md#${alert.toLowerCase()}`;
