import { zoneOffsetMs } from '@mainstay/service/requests';

/** Formats the local time in `timeZone`, without seconds: `2026-01-31 09:30`. */
export function localTime(time: Date, timeZone: string): string {
  const local = new Date(time.getTime() + zoneOffsetMs(timeZone, time.getTime()));
  return local.toISOString().slice(0, 16).replace('T', ' ');
}
