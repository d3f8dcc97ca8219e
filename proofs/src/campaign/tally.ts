/** What all clients saw together. */
export class Tally {
  requests = 0;
  acknowledged = 0;
  retried = 0;
  signedInAgain = 0;
  feedsOpened = 0;
  feedEvents = 0;
  longestOutageMs = 0;
  /** final refusals, by code */
  refused = new Map<string, number>();
  /** why a request was sent again */
  reasons = new Map<string, number>();
  /** answers that no client should ever see */
  unexpected: string[] = [];

  refuse(code: string) {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  retry(reason: string) {
    this.retried += 1;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  /** @param milliseconds from a request's first attempt to its answer */
  waited(milliseconds: number) {
    this.longestOutageMs = Math.max(this.longestOutageMs, milliseconds);
  }
}
