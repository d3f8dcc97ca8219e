import { openStream, readPieces } from '../../api/client.js';
import { readerTimeZone, type Period } from '../../time/period.js';

export interface StatementOrder extends Period {
  accountId: string;
  format: 'csv' | 'pdf';
}

/**
 * Downloads a statement as a file. A plain link could not show the progress or an error.
 * @param onBytes called with the total number of bytes received until now
 * @returns the file's name
 * @throws ApiError
 */
export async function downloadStatement(
  { accountId, format, ...period }: StatementOrder,
  onBytes: (count: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const query = new URLSearchParams({ format, ...period, timeZone: readerTimeZone() });
  const reply = await openStream(`/v1/accounts/${encodeURIComponent(accountId)}/statement?${query}`, signal);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const piece of readPieces(reply)) {
    pieces.push(piece);
    bytes += piece.length;
    onBytes(bytes);
  }
  const name = fileName(reply.headers.get('content-disposition')) ?? `statement.${format}`;
  save(new Blob(pieces, { type: reply.headers.get('content-type') ?? '' }), name);
  return name;
}

function fileName(disposition: string | null): string | undefined {
  return /filename="?([\w.-]+)"?/.exec(disposition ?? '')?.[1];
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // After this time, the browser does not need the URL.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
