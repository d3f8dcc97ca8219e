type Kind = 'read' | 'statement' | 'keyed' | 'unkeyed' | 'feed';
/** retried: it may be sent again by rule, and the second time brought the answer */
type Ending = 'answered' | 'retried' | 'lost' | 'hung';
/** How one request ended that a client had sent, times in milliseconds of performance.now(). */
export interface Outcome {
  door: string;
  kind: Kind;
  ending: Ending;
  /** why it was not simply answered */
  reason?: string;
  request?: string;
  beganAt: number;
  endedAt: number;
}
/** What was done to the platform while requests were under way. */
interface Disturbance {
  name: string;
  detail: string;
  beganAt: number;
  endedAt: number;
  /** a process was killed: un-keyed requests that it had in hand may be lost */
  death?: Death;
  /** a bad build served this share of clients on purpose: so many requests may be answered 500 */
  badShare?: number;
}
/** between which moments it was */
export interface Death {
  from: number;
  until: number;
}

/** A killed process' connections are gone, and whoever shares its port knows of it, within this. */
const DEATH_NOTICE_MS = 250;

/** What services say where a store did not answer in time. */
const STORE_WAS_LATE = /503 unavailable: (Sessions cannot be read|The ledger is temporarily unavailable|The event log is temporarily unavailable)/;

/** Every request of every client, by how it ended. */
export class Outcomes {
  all: Outcome[] = [];
  disturbances: Disturbance[] = [];
  isBusy: boolean;

  /** @param options isBusy: other work may leave a store no time to answer, which is nobody's loss */
  constructor({ isBusy = false }: { isBusy?: boolean } = {}) {
    this.isBusy = isBusy;
  }

  add(outcome: Outcome) {
    this.all.push(outcome);
  }

  /** Requests that no rule allows to be without an answer. */
  get unforgivable() {
    return this.all.filter((outcome) => isWithoutAnswer(outcome) && !this.isForgivable(outcome));
  }

  /** Only a request that must not be repeated, under way when a process was killed, may go without an answer. */
  isForgivable({ kind, ending, reason = '', beganAt, endedAt }: Outcome) {
    if (this.isBusy && ending === 'lost' && STORE_WAS_LATE.test(reason)) return true;
    if (ending === 'lost' && isBadAnswer(reason)) return this.badBuildAt({ beganAt, endedAt }) !== undefined;
    if (kind !== 'unkeyed' || ending !== 'lost') return false;
    return this.disturbances.some(
      ({ death }) => death !== undefined && beganAt < death.until + DEATH_NOTICE_MS && endedAt > death.from,
    );
  }

  /** @param outcome the bad build that served some while it was under way */
  badBuildAt({ beganAt, endedAt }: Pick<Outcome, 'beganAt' | 'endedAt'>) {
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
        const bad = those.filter(({ ending, reason = '' }) => ending === 'lost' && isBadAnswer(reason)).length;
        return {
          name: disturbance.name,
          bad,
          of: those.length,
          isTooMany: bad > those.length * (disturbance.badShare ?? 0),
        };
      });
  }

  /** @param outcome whether it was under way while something was done to the platform */
  isDisturbed({ beganAt, endedAt }: Outcome) {
    return this.disturbances.some((disturbance) => beganAt < disturbance.endedAt && endedAt > disturbance.beganAt);
  }
}

export function isWithoutAnswer({ ending }: Outcome) {
  return ending === 'lost' || ending === 'hung';
}

/** What a build that is bad on purpose answers. */
const isBadAnswer = (reason: string) => reason.startsWith('answer 500 ');
