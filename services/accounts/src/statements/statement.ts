import type { Readable } from 'node:stream';

/** One line of a statement. `amount` and `balanceAfter` are minor units of the account's currency. */
export interface StatementEntry {
  id: string;
  transferId: string;
  amount: number;
  sequence: number;
  balanceAfter: number;
  memo: string | null;
  /** An instant: a Date, or its RFC 3339 text. */
  createdAt: Date | string;
}

/** The head of a statement: account and period (`from` inclusive, `to` exclusive). */
export interface StatementHeading {
  account: { id: string; name: string; currency: string };
  holder: string;
  from: Date;
  to: Date;
  /** The time zone of the document, by its IANA name. */
  timeZone: string;
  openingBalance: number;
}

export interface Statement extends StatementHeading {
  /**
   * Batches in sequence order. Read at most once, one batch at a time; its `return()` is called when reading stops
   * early.
   */
  entries: AsyncIterable<readonly StatementEntry[]>;
}

export type StatementFormat = 'csv' | 'pdf';

export interface StatementRequest {
  /** The user: each user has a share of the threads. */
  owner: string;
  signal: AbortSignal;
}

/** Turns a statement into the bytes of a document. It never holds a whole statement or document. */
export interface StatementRenderer {
  /**
   * Resolves with the document once its first bytes exist. A failure before that is a rejection, and can still get a
   * response. Later, an error of `entries`, of the rendering or of a limit destroys the stream, so that a cut
   * document is never taken for a complete one. An aborted `signal`, or destroying the stream, stops reading
   * `entries` and frees the worker; the error is then the signal's reason.
   * @throws AppError rate_limited (the owner has too many at once) · unavailable (too many statements at once, or
   * shutting down) · deadline_exceeded (no progress for too long)
   */
  render(statement: Statement, format: StatementFormat, request: StatementRequest): Promise<Readable>;
}
