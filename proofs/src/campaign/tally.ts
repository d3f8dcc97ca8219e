/** What all clients saw together. */
export class Tally {
  requests = 0;
  acknowledged = 0;
  /** Because funds were insufficient. */
  refused = 0;
  signedInAgain = 0;
  feedsOpened = 0;
  feedEvents = 0;
  longestOutageMs = 0;
  /** Why requests were sent again. */
  reasons = new Map<string, number>();
  /** Answers that no client may see. */
  unexpected: string[] = [];

  retry(reason: string): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }
}
