import { expect, it } from '@jest/globals';
import { startExpiry } from './expire-events.js';

const dayMs = 24 * 60 * 60 * 1_000;

/** Runs the expiry, while the clock of Redis is `otherIsAheadMs` ahead of the clock of this host. */
async function sweep(otherIsAheadMs: number): Promise<{ before: number[]; warnings: string[] }> {
  const [before, warnings]: [number[], string[]] = [[], []];
  let finish = (): void => undefined;
  const swept = new Promise<void>((resolve) => (finish = resolve));
  const expiry = startExpiry({
    store: {
      deleteBefore(instant) {
        before.push(instant.getTime());
        finish();
        return Promise.resolve(0);
      },
    },
    retentionDays: 7,

    otherClockMs: () => Promise.resolve(Date.now() + otherIsAheadMs),
    isMine: () => true,
    log: {
      info: () => undefined,
      warn(_message, fields) {
        warnings.push((fields?.error as Error).message);
        finish();
      },
    },
    intervalMs: 5,
  });
  await swept;
  await expiry.close();
  return { before, warnings };
}

it('deletes events older than the retention', async () => {
  const now = Date.now();
  const { before, warnings } = await sweep(30_000);
  expect(before[0]).toBeGreaterThanOrEqual(now - 7 * dayMs);

  expect(before[0]).toBeLessThanOrEqual(Date.now() - 7 * dayMs);
  expect(warnings).toEqual([]);
});

it.each([
  [-40 * dayMs, 'ahead of'],
  [2 * 60 * 60 * 1_000, 'behind'],
])('deletes nothing while the clock of Redis is %i ms ahead', async (aheadMs, thisHostIs) => {
  const { before, warnings } = await sweep(aheadMs);
  expect(before).toEqual([]);
  expect(warnings[0]).toMatch(new RegExp(`the clock of this host is \\d+ s ${thisHostIs} the clock of Redis`));
});
