import { shownLine } from '@mainstay/text';
import { formatMinorUnits } from '../domain/currency.js';
import type { JobEntry, JobHeading } from './job-messages.js';
import { localTime } from './local-time.js';
import { openPdfSheets } from './pdf-sheets.js';

/** Renders the statement as A4 pages. The same statement gives the same bytes. */
export async function* pdfStatement(
  heading: JobHeading,
  batches: AsyncIterable<readonly JobEntry[]>,
): AsyncGenerator<Uint8Array> {
  const { account, from, to, timeZone } = heading;
  const period = `${localTime(from, timeZone)} – ${localTime(to, timeZone)} ${timeZone}`;
  const money = (amount: number): string => groupThousands(formatMinorUnits(amount, account.currency));
  const sheets = openPdfSheets({
    title: 'Account statement',
    subject: `${shownLine(account.name)}, ${period}`,
    createdAt: to,
    facts: [
      ['Account', shownLine(account.name)],
      ['Account id', account.id],
      ['Holder', shownLine(heading.holder)],
      ['Period', `${period} (end not included)`],
    ],
    currency: account.currency,
    openingBalance: money(heading.openingBalance),
    footer: `Account ${account.id} · ${period}`,
  });

  let closingBalance = heading.openingBalance;
  for await (const entries of batches) {
    for (const { createdAt, memo, amount, balanceAfter } of entries) {
      sheets.row({
        date: localTime(new Date(createdAt), timeZone),
        memo: shownLine(memo ?? ''),
        amount: money(amount),
        balance: money(balanceAfter),
      });
      closingBalance = balanceAfter;
    }
    yield* sheets.finished();
  }
  sheets.end(money(closingBalance));
  yield* sheets.finished();
}

function groupThousands(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.');
  // eslint-disable-next-line regexp/no-super-linear-move -- at most 16 digits and a sign
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
