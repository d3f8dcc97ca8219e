import { shownLine } from '@mainstay/text';
import { stringify } from 'csv-stringify/sync';
import { formatMinorUnits } from '../domain/currency.js';
import type { JobEntry, JobHeading } from './job-messages.js';

const columns = ['sequence', 'createdAt', 'entryId', 'transferId', 'memo', 'amount', 'currency', 'balanceAfter'];

/**
 * The statement as RFC 4180 CSV: CRLF, one header row, one row an entry, and nothing else, so that any reader gets a clean table.
 * UTF-8 with a byte order mark: without one Excel reads the file in the machine's own code page and garbles every memo that is not ASCII.
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

// Where a spreadsheet would begin a formula: at the start of the cell, behind invisible characters too, and after a semicolon, which many
// locales take for the separator. The signs come in full-width, small, super- and subscript forms that some programs fold to the plain ones.
const formulaStart = /(^|;)(?=[\p{Z}\p{Cf}]*[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−])/gu;

/**
 * Somebody else's text as a cell that no spreadsheet takes for a formula: an apostrophe goes before whatever could begin one.
 * Only free text needs it; our own numbers may start with a minus and stay numbers.
 * See https://owasp.org/www-community/attacks/CSV_Injection
 */
export function textCell(text: string): string {
  return shownLine(text).replace(formulaStart, "$1'");
}
