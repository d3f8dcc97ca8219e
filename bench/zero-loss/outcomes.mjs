// @ts-check

/** @typedef {'read' | 'statement' | 'keyed' | 'unkeyed' | 'feed'} Kind */
/** @typedef {'answered' | 'retried' | 'lost' | 'hung'} Ending retried: it may be sent again by rule, and the second time brought the answer */
/**
 * How one request ended that a client had sent, times in milliseconds of performance.now().
 * @typedef {object} Outcome
 * @property {string} door
 * @property {Kind} kind
 * @property {Ending} ending
 * @property {string} [reason] why it was not simply answered
 * @property {string} [request]
 * @property {number} beganAt
 * @property {number} endedAt
 */
/**
 * What was done to the platform while requests were under way.
 * @typedef {object} Disturbance
 * @property {string} name
 * @property {string} detail
 * @property {number} beganAt
 * @property {number} endedAt
 * @property {Death} [death] a process was killed: un-keyed requests that it had in hand may be lost
 * @property {number} [badShare] a bad build served this share of clients on purpose: so many requests may be answered 500
 */
/** @typedef {{ from: number, until: number }} Death between which moments it was */

/** A killed process' connections are gone, and whoever shares its port knows of it, within this. */
const DEATH_NOTICE_MS = 250;

/** What services say where a store did not answer in time. */
const STORE_WAS_LATE = /503 unavailable: (Sessions cannot be read|The ledger is away|The event log does not answer)/;

/** What a build that is bad on purpose answers. */
const ANSWERED_BADLY = /^answer 500 /;

/** Every request of every client, by how it ended. */
export class Outcomes {
  /** @type {Outcome[]} */
  all = [];
  /** @type {Disturbance[]} */
  disturbances = [];

  /** @param {{ isBusy?: boolean }} [options] isBusy: other work may leave a store no time to answer, which is nobody's loss */
  constructor({ isBusy = false } = {}) {
    this.isBusy = isBusy;
  }

  /** @param {Outcome} outcome */
  add(outcome) {
    this.all.push(outcome);
  }

  /** Requests that no rule allows to be without an answer. */
  get unforgivable() {
    return this.all.filter((outcome) => isWithoutAnswer(outcome) && !this.isForgivable(outcome));
  }

  /**
   * Only a request that must not be repeated, under way when a process was killed, may go without an answer.
   * @param {Outcome} outcome
   */
  isForgivable({ kind, ending, reason = '', beganAt, endedAt }) {
    if (this.isBusy && ending === 'lost' && STORE_WAS_LATE.test(reason)) return true;
    if (ending === 'lost' && ANSWERED_BADLY.test(reason)) return this.badBuildAt({ beganAt, endedAt }) !== undefined;
    if (kind !== 'unkeyed' || ending !== 'lost') return false;
    return this.disturbances.some(
      ({ death }) => death !== undefined && beganAt < death.until + DEATH_NOTICE_MS && endedAt > death.from,
    );
  }

  /** @param {Pick<Outcome, 'beganAt' | 'endedAt'>} outcome the bad build that served some while it was under way */
  badBuildAt({ beganAt, endedAt }) {
    return this.disturbances.find(
      (one) => one.badShare !== undefined && beganAt < one.endedAt && endedAt > one.beganAt,
    );
  }

  /** How many were answered badly while a bad build served a share, of how many, and whether that is more than its share. */
  get badBuilds() {
    return this.disturbances
      .filter(({ badShare }) => badShare !== undefined)
      .map((disturbance) => {
        const those = this.all.filter((outcome) => this.badBuildAt(outcome) === disturbance);
        const bad = those.filter(({ ending, reason = '' }) => ending === 'lost' && ANSWERED_BADLY.test(reason)).length;
        return {
          name: disturbance.name,
          bad,
          of: those.length,
          isTooMany: bad > those.length * (disturbance.badShare ?? 0),
        };
      });
  }

  /** @param {Outcome} outcome whether it was under way while something was done to the platform */
  isDisturbed({ beganAt, endedAt }) {
    return this.disturbances.some((disturbance) => beganAt < disturbance.endedAt && endedAt > disturbance.beganAt);
  }
}

/** @param {Outcome} outcome */
export function isWithoutAnswer({ ending }) {
  return ending === 'lost' || ending === 'hung';
}
