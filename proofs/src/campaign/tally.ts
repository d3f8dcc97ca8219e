/** The results of all clients together. */
export class Tally {
  requests = 0;
  acknowledged = 0;
  /** Refused because of insufficient funds. */
  refused = 0;
  signedInAgain = 0;
  feedsOpened = 0;
  feedEvents = 0;
  longestOutageMs = 0;
  /** Reasons of retries, with their number. */
  reasons = new Map<string, number>();
  /** Replies that a client must never get. */
  unexpected: string[] = [];

  retry(reason: string): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }
}
