/** Results of all clients of one campaign. */
export class Tally {
  requests = 0;
  acknowledged = 0;
  /** Number of payments that the platform refused because of insufficient funds. */
  refused = 0;
  signedInAgain = 0;
  feedsOpened = 0;
  feedEvents = 0;
  longestOutageMs = 0;
  /** Number of retries for each reason. */
  reasons = new Map<string, number>();
  /** Descriptions of replies that a client must never get. */
  unexpected: string[] = [];

  retry(reason: string): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }
}
