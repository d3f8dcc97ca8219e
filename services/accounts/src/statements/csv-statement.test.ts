import { describe, expect, it } from '@jest/globals';
import { csvStatement, textCell } from './csv-statement.js';
import type { JobEntry } from './job-messages.js';

const heading = {
  account: { id: 'a', name: 'Household', currency: 'EUR' },
  holder: 'Ada',
  from: new Date('2026-10-01'),
  to: new Date('2026-11-01'),
  timeZone: 'UTC',
  openingBalance: 0,
};

function entry(change: Partial<JobEntry> = {}): JobEntry {
  const createdAt = Date.parse('2026-10-05T06:07:08.009Z');
  return { id: 'e1', transferId: 't1', amount: -1234, sequence: 7, balanceAfter: 5, memo: null, createdAt, ...change };
}

async function csvOf(batches: JobEntry[][], currency = 'EUR'): Promise<string> {
  const chunks: Uint8Array[] = [];
  const account = { ...heading.account, currency };
  // eslint-disable-next-line @typescript-eslint/require-await -- the test has all batches in memory
  const source = (async function* () {
    yield* batches;
  })();
  for await (const chunk of csvStatement({ ...heading, account }, source)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const header = '\uFEFFsequence,createdAt,entryId,transferId,memo,amount,currency,balanceAfter\r\n';

describe('csvStatement', () => {
  it('writes only the header row for a period without entries', async () => {
    expect(await csvOf([])).toBe(header);
  });

  it('writes one CRLF row per entry: times in UTC, amounts as plain numbers', async () => {
    expect(await csvOf([[entry()], [entry({ sequence: 8, amount: 1, balanceAfter: 6, memo: 'rent' })]])).toBe(
      `${header}7,2026-10-05T06:07:08.009Z,e1,t1,,-12.34,EUR,0.05\r\n8,2026-10-05T06:07:08.009Z,e1,t1,rent,0.01,EUR,0.06\r\n`,
    );
  });

  it('uses the minor digits of the currency', async () => {
    expect(await csvOf([[entry()]], 'JPY')).toContain(',-1234,JPY,5\r\n');
    expect(await csvOf([[entry()]], 'KWD')).toContain(',-1.234,KWD,0.005\r\n');
  });

  it('quotes commas and doubles quotes', async () => {
    expect(await csvOf([[entry({ memo: 'rent, "old" flat' })]])).toContain(',"rent, ""old"" flat",');
  });

  it('writes one line per entry, even if the memo contains line breaks', async () => {
    const memo = 'a\r\nb\nc\rd\u2028e\u0085f\u0000g';
    expect(await csvOf([[entry({ memo })]])).toContain(',a  b c d e f g,');
  });

  it('writes valid UTF-8, even if the memo contains half a surrogate pair', async () => {
    expect(await csvOf([[entry({ memo: 'a\ud800b 🎉' })]])).toContain(',a b 🎉,');
  });
});

describe('textCell', () => {
  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1+1',
    '\r=1+1',
    '\n=1+1',
    ' =1+1',
    '\u00a0=1+1',
    '\u200b=1+1',
    '\ufeff=1+1',
    '＝1+1',
    '＋1',
    '－1',
    '＠SUM(A1)',
    '﹦1',
    '−1',
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.org")',
  ])('puts an apostrophe before %j', (memo) => {
    expect(textCell(memo)).toMatch(/^'/);
  });

  it('escapes a formula after a semicolon, because many locales use it as the separator', () => {
    expect(textCell('rent;=1+1; @x')).toBe("rent;'=1+1;' @x");
  });

  it.each(['rent', '2026-11-22', 'a=b', 'x - y', 'me@example.org', "'quoted'", 'Αθήνα; Москва'])(
    'does not change %j',
    (memo) => {
      expect(textCell(memo)).toBe(memo);
    },
  );
});
