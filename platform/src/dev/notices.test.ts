import { describe, expect, it } from '@jest/globals';
import { createNotices } from './notices.ts';

describe('the warnings of a restart', () => {
  it('are one line at its end, and errors are shown at once', async () => {
    const printed: string[] = [];
    const notices = createNotices((line) => printed.push(line));
    await notices.during(() =>
      notices.during(() => {
        for (const line of ['gateway: warn: a', 'gateway: warn: b', 'accounts: error: c']) notices.show(line);
        return Promise.resolve();
      }),
    );
    notices.show('gateway: warn: d');
    expect(printed).toEqual([
      'accounts: error: c',
      '2 warnings during the restart, the first: gateway: warn: a',
      'gateway: warn: d',
    ]);
  });
});
