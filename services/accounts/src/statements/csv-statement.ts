import { shownLine } from '@mainstay/text';
import { stringify } from 'csv-stringify/sync';
import { formatMinorUnits } from '../domain/currency.js';
import type { JobEntry, JobHeading } from './job-messages.js';

const columns = ['sequence', 'createdAt', 'entryId', 'transferId', 'memo', 'amount', 'currency', 'balanceAfter'];

/**
 * Renders the statement as RFC 4180 CSV: CRLF, one header row, one row per entry. The text is UTF-8 with a byte order
 * mark. Without the mark, Excel reads the file in the machine's code page and shows wrong characters in memos.
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

// Matches each position where a spreadsheet can start a formula: the start of the cell, and after a semicolon. Many
// locales use the semicolon as the separator. Invisible characters may precede the formula. Some programs read
// full-width, small, superscript and subscript signs like the plain signs.
const formulaStart = /(^|;)(?=[\p{Z}\p{Cf}]*[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−])/gu;

/**
 * Returns a user's text as a cell that no spreadsheet reads as a formula: each possible start of a formula gets an
 * apostrophe. Only free text needs this function. Numbers may start with a minus and stay numbers. See
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function textCell(text: string): string {
  return shownLine(text).replace(formulaStart, "$1'");
}
