import { createHmac } from 'node:crypto';
import type { Log } from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import { canonicalEmail } from '@mainstay/text';
import type { Request } from 'express';

/** What somebody tried. `request` is any other path. */
type SecurityEvent = 'sign_in' | 'registration' | 'password_change' | 'request';
/** `failed`: the credentials were wrong. `refused`: nothing was looked at. */
type Outcome = 'succeeded' | 'failed' | 'refused';

interface Report {
  event: SecurityEvent;
  outcome: Outcome;
  /** The code of the refusal. */
  reason?: string;
  /** The e-mail that was given, if one was. Only its keyed hash is logged. */
  email?: unknown;
}

/**
 * Who tried what, from where, and with which outcome: for an investigation, and for the alerts. Each report counts in `security_events_total`. Lines are
 * bounded, so that a flood of refusals does not fill the log: beyond 50 a second their number alone is told.
 */
export interface SecurityLog {
  report(req: Request, report: Report): void;
}

export interface SecurityLogOptions {
  log: Pick<Log, 'info' | 'warn'>;
  metrics: Pick<Metrics, 'counter'>;
  /** Keys the hash of e-mails: the log tells nobody an e-mail, and finds one that is known. */
  secret: string;
  nowMs?: () => number;
}

const linesPerSecond = 50;

export function createSecurityLog({ log, metrics, secret, nowMs }: SecurityLogOptions): SecurityLog {
  const events = metrics.counter({
    name: 'security_events_total',
    help: 'Sign-ins, registrations and changes of passwords by outcome, and requests refused by authorization, the cross-site check or a limit.',
    labelNames: ['event', 'outcome', 'reason'],
  });
  for (const [outcome, reason] of [
    ['succeeded', ''],
    ['failed', 'invalid_credentials'],
  ] as const)
    events.inc({ event: 'sign_in', outcome, reason }, 0);
  const mayWrite = boundedLines(log, nowMs);

  return {
    report(req, { event, outcome, reason = '', email }) {
      events.inc({ event, outcome, reason });
      if (!mayWrite()) return;
      const account = typeof email === 'string' ? accountHash(secret, email) : undefined;
      log.info(`security: ${event} ${outcome}`, {
        security: event,
        outcome,
        ...(reason !== '' && { reason }),
        address: req.ip,
        ...(account !== undefined && { account }),
        method: req.method,
        path: req.path,
      });
    },
  };
}

/** The hash under which the log names an e-mail, in any of its spellings. */
function accountHash(secret: string, email: string): string {
  return createHmac('sha256', secret)
    .update(`security log\n${canonicalEmail(email)}`)
    .digest('base64url')
    .slice(0, 22);
}

/** Whether one more line may be written in this second. The first line of a later second tells how many were left out. */
function boundedLines(log: Pick<Log, 'warn'>, nowMs = () => performance.now()): () => boolean {
  let second = -1;
  let lines = 0;
  return () => {
    const now = Math.floor(nowMs() / 1000);
    if (now !== second) {
      const leftOut = lines - linesPerSecond;
      [second, lines] = [now, 0];
      if (leftOut > 0) log.warn('security: lines were left out', { leftOut });
    }
    lines += 1;
    return lines <= linesPerSecond;
  };
}
