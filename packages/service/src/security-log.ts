import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import type { Request } from 'express';

/**
 * The action that a client attempted. `request` means any other request that the gateway refused. `identity` means that
 * a service got a request without a valid token of the gateway.
 */
export type SecurityEvent = 'sign_in' | 'registration' | 'password_change' | 'request' | 'identity';
/**
 * `failed` means that the credentials were wrong or that the e-mail address of a registration is taken. `refused` means
 * that the credentials were not checked.
 */
type Outcome = 'succeeded' | 'failed' | 'refused';

export interface SecurityReport {
  event: SecurityEvent;
  outcome: Outcome;
  /** Code of the reason, usually an error code. The code labels a metric, so only few codes may exist. */
  reason?: string;
  /** One fixed sentence that describes the event. Only the log contains the sentence. */
  detail?: string;
  /** The e-mail address that the client sent. The log shows only a keyed hash of the address. */
  email?: unknown;
}

/**
 * A log of sign-ins, registrations, password changes and refused requests. Each line contains the IP address and the
 * outcome. The log gets at most 50 lines a second, but the metric `security_events_total` counts all events.
 */
export interface SecurityLog {
  report(req: Request, report: SecurityReport): void;
}

export interface SecurityLogOptions {
  log: Pick<Log, 'info' | 'warn'>;
  metrics: Pick<Metrics, 'counter'>;
  /** Returns a pseudonym of an e-mail for the log. Default: the log shows no pseudonym. */
  accountOf?: (email: string) => string;
  /** Outcomes whose counters start at 0, so that an alert notices the first increase. */
  expected?: readonly Pick<SecurityReport, 'event' | 'outcome' | 'reason'>[];
  nowMs?: () => number;
}

const LINES_PER_SECOND = 50;

export function createSecurityLog(options: SecurityLogOptions): SecurityLog {
  const { log, metrics, accountOf, expected = [], nowMs } = options;
  const events = metrics.counter({
    name: 'security_events_total',
    help: 'Sign-ins, registrations and changes of passwords by outcome, and requests refused by authorization, the cross-site check or a limit.',
    labelNames: ['event', 'outcome', 'reason'],
  });
  for (const { event, outcome, reason = '' } of expected) events.inc({ event, outcome, reason }, 0);
  const mayWrite = boundedLines(log, nowMs);

  return {
    report(req, { event, outcome, reason = '', detail, email }) {
      events.inc({ event, outcome, reason });
      if (!mayWrite()) return;
      const account = typeof email === 'string' ? accountOf?.(email) : undefined;
      log.info(`security: ${event} ${outcome}`, {
        security: event,
        outcome,
        ...(reason !== '' && { reason }),
        ...(detail !== undefined && { detail }),
        address: req.ip,
        ...(account !== undefined && { account }),
        method: req.method,
        path: req.path,
      });
    },
  };
}

function boundedLines(log: Pick<Log, 'warn'>, nowMs = () => performance.now()): () => boolean {
  let second = -1;
  let lines = 0;
  return () => {
    const now = Math.floor(nowMs() / 1000);
    if (now !== second) {
      const leftOut = lines - LINES_PER_SECOND;
      [second, lines] = [now, 0];
      if (leftOut > 0) log.warn('security: lines were omitted', { leftOut });
    }
    lines += 1;
    return lines <= LINES_PER_SECOND;
  };
}
