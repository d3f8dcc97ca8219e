import { csvStatement } from './csv-statement.js';
import type { StatementTask } from './job-messages.js';
import { cancelled, openJobPort } from './job-port.js';
import { pdfStatement } from './pdf-statement.js';

const documents = { csv: csvStatement, pdf: pdfStatement };
const CHUNK_BYTES = 64 * 1024;

/** Renders one statement on a worker thread. Returns false if the main thread closed the port. */
export async function renderStatement({ format, heading, port }: StatementTask): Promise<boolean> {
  const job = openJobPort(port);
  try {
    for await (const chunk of inChunks(documents[format](heading, job.batches()))) await job.send(chunk);
    job.end();
    return true;
  } catch (error) {
    if (error === cancelled) return false;
    throw error;
  }
}

/** Joins small pieces, because each message to a thread has a fixed cost. */
async function* inChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    gathered.push(piece);
    bytes += piece.byteLength;
    if (bytes < CHUNK_BYTES) continue;
    yield joined(gathered, bytes);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield joined(gathered, bytes);
}

/** Copies the pieces, because a small Buffer shares memory and cannot be transferred. */
function joined(pieces: Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
