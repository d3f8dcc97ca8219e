import { invalidField } from '@mainstay/errors';

const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1000;

/** `from` is inclusive, `to` is exclusive. */
export interface Period {
  from: Date;
  to: Date;
}

/**
 * Returns the requested period, by default the last 30 days.
 * @throws AppError invalid_request if the period ends before it begins
 */
export function periodOf({ from, to }: { from?: Date | undefined; to?: Date | undefined }, now = new Date()): Period {
  const end = to ?? now;
  const period = { from: from ?? new Date(end.getTime() - THIRTY_DAYS_MS), to: end };
  if (period.from > period.to) throw invalidField('from', 'must not be after to');
  return period;
}
