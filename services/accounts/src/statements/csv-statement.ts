import { shownLine } from '@mainstay/text';
import { stringify } from 'csv-stringify/sync';
import { formatMinorUnits } from '../domain/currency.js';
import type { JobEntry, JobHeading } from './job-messages.js';

const columns = ['sequence', 'createdAt', 'entryId', 'transferId', 'memo', 'amount', 'currency', 'balanceAfter'];

/**
 * The statement as RFC 4180 CSV: CRLF, one header row, one row per entry, and nothing else. UTF-8 with a byte order
 * mark, because Excel otherwise reads the file in the machine's code page and garbles every memo that is not ASCII.
 */
export async function* csvStatement(
  { account }: JobHeading,
  batches: AsyncIterable<readonly JobEntry[]>,
): AsyncGenerator<Uint8Array> {
  yield encode([columns], { bom: true });
  for await (const entries of batches) {
    yield encode(
      entries.map((entry) => [
        String(entry.sequence),
        new Date(entry.createdAt).toISOString(),
        entry.id,
        entry.transferId,
        textCell(entry.memo ?? ''),
        formatMinorUnits(entry.amount, account.currency),
        account.currency,
        formatMinorUnits(entry.balanceAfter, account.currency),
      ]),
    );
  }
}

function encode(rows: string[][], { bom = false } = {}): Uint8Array {
  return Buffer.from(stringify(rows, { bom, record_delimiter: 'windows' }));
}

// Where a spreadsheet would begin a formula: at the start of the cell, behind invisible characters too, and after a
// semicolon, which many locales use as the separator. Some programs fold full-width, small, super- and subscript forms
// of the signs to the plain ones.
const formulaStart = /(^|;)(?=[\p{Z}\p{Cf}]*[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−])/gu;

/**
 * A user's text as a cell that no spreadsheet reads as a formula: an apostrophe is inserted wherever one could begin.
 * Only free text needs it; numbers may start with a minus and stay numbers. See
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function textCell(text: string): string {
  return shownLine(text).replace(formulaStart, "$1'");
}
