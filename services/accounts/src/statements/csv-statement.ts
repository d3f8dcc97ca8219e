import { shownLine } from '@mainstay/text';
import { stringify } from 'csv-stringify/sync';
import { formatMinorUnits } from '../domain/currency.js';
import type { JobEntry, JobHeading } from './job-messages.js';

const columns = ['sequence', 'createdAt', 'entryId', 'transferId', 'memo', 'amount', 'currency', 'balanceAfter'];

/** Renders the statement as RFC 4180 CSV. Excel needs the byte order mark to show all characters. */
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

// A formula can also start after a semicolon, because many locales split cells there. The full-width signs are in the
// list, because some programs read them as plain signs.
const formulaStart = /(^|;)(?=[\p{Z}\p{Cf}]*[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−])/gu;

/**
 * Puts an apostrophe before each possible formula: `=1+1` → `'=1+1`. See
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function textCell(text: string): string {
  return shownLine(text).replace(formulaStart, "$1'");
}
