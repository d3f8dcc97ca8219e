// @ts-check

/** What all clients saw together. */
export class Tally {
  requests = 0;
  acknowledged = 0;
  retried = 0;
  signedInAgain = 0;
  feedsOpened = 0;
  feedEvents = 0;
  longestOutageMs = 0;
  /** @type {Map<string, number>} final refusals, by code */
  refused = new Map();
  /** @type {Map<string, number>} why a request was sent again */
  reasons = new Map();
  /** @type {string[]} answers that no client should ever see */
  unexpected = [];

  /** @param {string} code */
  refuse(code) {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  /** @param {string} reason */
  retry(reason) {
    this.retried += 1;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  /** @param {number} milliseconds from a request's first attempt to its answer */
  waited(milliseconds) {
    this.longestOutageMs = Math.max(this.longestOutageMs, milliseconds);
  }
}
