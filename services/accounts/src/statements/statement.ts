import type { Readable } from 'node:stream';

/** One line of a statement. `amount` and `balanceAfter` are minor units of the account's currency. */
export interface StatementEntry {
  id: string;
  transferId: string;
  amount: number;
  sequence: number;
  balanceAfter: number;
  memo: string | null;
  /** A Date or an RFC 3339 text. */
  createdAt: Date | string;
}

/** The account and the period of a statement (`from` inclusive, `to` exclusive). */
export interface StatementHeading {
  account: { id: string; name: string; currency: string };
  holder: string;
  from: Date;
  to: Date;
  /** IANA name of the time zone that the PDF uses. The CSV uses UTC. */
  timeZone: string;
  openingBalance: number;
}

export interface Statement extends StatementHeading {
  /** Batches of entries in sequence order. If rendering stops early, the renderer calls the iterator's `return()`. */
  entries: AsyncIterable<readonly StatementEntry[]>;
}

export type StatementFormat = 'csv' | 'pdf';

export interface StatementRequest {
  /** Id of the user. The renderer limits the number of statements that one user requests at the same time. */
  owner: string;
  signal: AbortSignal;
}

/** Renders statements as documents. A long document is never completely in memory. */
export interface StatementRenderer {
  /**
   * Resolves with the document when its first bytes exist. A later failure destroys the stream.
   * @throws AppError rate_limited · unavailable · deadline_exceeded
   */
  render(statement: Statement, format: StatementFormat, request: StatementRequest): Promise<Readable>;
}
