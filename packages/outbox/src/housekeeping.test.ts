import { expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { startHousekeeping } from './housekeeping.js';

/** Runs housekeeping once against a PostgreSQL whose clock differs. Returns the statements and the warnings. */
async function round(aheadMs: number): Promise<{ asked: string[]; warnings: string[] }> {
  const [asked, warnings]: [string[], string[]] = [[], []];
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const query = (text: string) => {
    asked.push(text.trimStart().slice(0, 40));
    if (text.includes('DELETE')) finish();

    return Promise.resolve({ rows: [{ now: new Date(Date.now() + aheadMs) }], rowCount: 0 });
  };
  const log = {
    warn(_message: string, fields: { error: Error }) {
      warnings.push(fields.error.message);
      finish();
    },
  };
  const options = { pool: { query } as unknown as Pool, retentionDays: 30, ready: Promise.resolve() };
  const housekeeping = startHousekeeping({ ...options, log: log as never });
  await finished;
  housekeeping.close();
  return { asked, warnings };
}

it('maintains the partitions and deletes old keys', async () => {
  const { asked, warnings } = await round(30_000);
  expect([asked.length, warnings]).toEqual([3, []]);
});

it.each([
  [3, '259200 s ahead of'],
  [-40, '3456000 s behind'],
])('deletes nothing while the clock of PostgreSQL is %i days ahead', async (days, difference) => {
  const { asked, warnings } = await round(days * 24 * 60 * 60 * 1_000);
  expect(asked).toEqual(['SELECT clock_timestamp() AS now']);
  expect(warnings[0]).toContain(`the clock of PostgreSQL is ${difference} the clock of this host`);
});
