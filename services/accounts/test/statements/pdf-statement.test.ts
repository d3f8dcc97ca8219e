import { describe, expect, it } from '@jest/globals';
import type { JobEntry } from '../../src/statements/job-messages.js';
import { pdfStatement } from '../../src/statements/pdf-statement.js';
import type { StatementEntry, StatementHeading } from '../../src/statements/statement.js';
import { readPdf } from './read-pdf.js';
import { sampleEntries, sampleEntry, sampleStatement } from './statement-samples.js';

async function pdfOf(entries: StatementEntry[], change: Partial<StatementHeading> = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  // eslint-disable-next-line @typescript-eslint/require-await -- the test has all batches in memory
  const batches = (async function* () {
    for (let at = 0; at < entries.length; at += 500) yield entries.slice(at, at + 500).map(jobEntry);
  })();
  for await (const chunk of pdfStatement(sampleStatement(sampleEntries(0), change), batches)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function jobEntry(entry: StatementEntry): JobEntry {
  return { ...entry, createdAt: new Date(entry.createdAt).getTime() };
}

const many = Array.from({ length: 1000 }, (_, k) => sampleEntry(k));

describe('pdfStatement', () => {
  it('shows the account, the period and both balances on the first page', async () => {
    const { pages } = readPdf(await pdfOf(many, { openingBalance: -123_456_789 }));
    expect(pages[0]).toEqual(
      expect.arrayContaining([
        'Account statement',
        'Household',
        '01900000-0000-7000-a000-000000000000',
        'Ada Lovelace',
        '2026-10-01 00:00 – 2026-11-01 00:00 UTC (end not included)',
        'EUR -1,234,567.89',
        'EUR 10.00',
      ]),
    );
  });

  it('shows times in the requested time zone, and names the zone on every page', async () => {
    const { pages } = readPdf(await pdfOf(many.slice(0, 3), { timeZone: 'America/New_York' }));
    const period = '2026-09-30 20:00 – 2026-10-31 20:00 America/New_York';
    expect(pages[0]?.join(' ')).toContain(`${period} (end not included)`);
    expect(pages[0]).toContain('2026-09-30 20:00');
    expect(pages[0]?.some((text) => text.endsWith(`· ${period}`))).toBe(true);
  });

  it('shows every entry once and in order, with a table header and a number on every page', async () => {
    const { pages } = readPdf(await pdfOf(many));
    expect(pages.length).toBeGreaterThan(10);
    pages.forEach((page, index) => {
      expect(page).toEqual(expect.arrayContaining(['Date', 'Memo', 'Amount (EUR)', 'Balance', `Page ${index + 1}`]));
    });
    const balances = pages.flatMap((page) => page.filter((text) => /^\d+\.\d\d$/.test(text)).filter((_, i) => i % 2));
    expect(balances.map((text) => Math.round(Number(text) * 100))).toEqual(many.map((entry) => entry.balanceAfter));
  });

  it('shows the opening balance as the closing balance if the period has no entries', async () => {
    const { pages } = readPdf(await pdfOf([], { openingBalance: 4200 }));
    expect(pages).toHaveLength(1);
    expect(pages[0]).toContain('No entries in this period.');
    expect(pages[0]?.filter((text) => text === 'EUR 42.00')).toHaveLength(2);
  });

  it('embeds subsets of its fonts, and has a title and a language', async () => {
    const pdf = await pdfOf(many.slice(0, 3));
    const all = [...readPdf(pdf).objects.values()].join('\n');
    expect(all.match(/\/FontFile2/g)).toHaveLength(2);
    expect(all).toMatch(/\/FontName \/[A-Z]{6}\+DejaVuSansCondensed\n/);
    expect(all).toContain('(Account statement)');
    expect(all).toContain('/Lang (en)');
    expect(pdf.length).toBeLessThan(40_000);
  });

  it('writes Latin, Greek and Cyrillic, and accepts characters that the font does not have', async () => {
    const memos = ['Crème brûlée', 'Αθήνα', 'Київ', '漢字 🎉 👨‍👩‍👧', 'שלום مرحبا नमस्ते', '\ud800\u0000\u202e', ' ', ''];
    const { pages } = readPdf(await pdfOf(memos.map((memo, k) => sampleEntry(k, { memo }))));
    expect(pages[0]).toEqual(expect.arrayContaining(['Crème brûlée', 'Αθήνα', 'Київ']));
  });

  it('wraps a long memo, and cuts it after three lines', async () => {
    const memo = 'W'.repeat(140);
    const page = readPdf(await pdfOf([sampleEntry(0, { memo })])).pages[0] ?? [];
    const lines = page.filter((text) => /^W+…?$/.test(text));
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/…$/);
  });

  it('has the same bytes for the same statement', async () => {
    expect((await pdfOf(many)).equals(await pdfOf(many))).toBe(true);
  });
});
