type Kind = 'read' | 'statement' | 'keyed' | 'unkeyed' | 'feed';
/** `retried`: it may be sent again by rule, and the second attempt brought the answer. */
type Ending = 'answered' | 'retried' | 'lost' | 'hung';
/** How one request of a client ended. Times in milliseconds of performance.now(). */
export interface Outcome {
  door: string;
  kind: Kind;
  ending: Ending;
  /** Why it was not simply answered. */
  reason?: string;
  request?: string;
  beganAt: number;
  endedAt: number;
}
/** A disturbance of the platform while requests were under way. */
export interface Disturbance {
  name: string;
  detail: string;
  beganAt: number;
  endedAt: number;
  /** A process was killed: requests without a key that it was serving may be lost. */
  death?: Death;
  /** A bad build served this share of clients on purpose: so many requests may be answered 500. */
  badShare?: number;
}
/** The moments between which a process died. */
export interface Death {
  from: number;
  until: number;
}

/** The connections of a killed process are gone, and the other processes know it, within this. */
const DEATH_NOTICE_MS = 250;

/** What services answer if a store did not answer in time. */
const STORE_WAS_LATE = /503 unavailable: (Sessions cannot be read|The store is temporarily unavailable)/;

/** Every request of every client, by how it ended. */
export class Outcomes {
  all: Outcome[] = [];
  disturbances: Disturbance[] = [];
  isBusy: boolean;

  /** @param options isBusy: other work on the machine may leave a store no time to answer, which does not count as lost */
  constructor({ isBusy = false }: { isBusy?: boolean } = {}) {
    this.isBusy = isBusy;
  }

  add(outcome: Outcome): void {
    this.all.push(outcome);
  }

  /** Requests that no rule allows to be without an answer. */
  get unforgivable(): Outcome[] {
    return this.all.filter((outcome) => isWithoutAnswer(outcome) && !this.isForgivable(outcome));
  }

  /** Only a request that must not be repeated, under way when a process was killed, may be without an answer. */
  private isForgivable(outcome: Outcome): boolean {
    const { kind, ending, reason = '', beganAt, endedAt } = outcome;
    if (this.isBusy && ending === 'lost' && STORE_WAS_LATE.test(reason)) return true;
    if (isBadAnswer(outcome))
      return this.disturbances.some((one) => one.badShare !== undefined && isDuring(outcome, one));
    if (kind !== 'unkeyed' || ending !== 'lost') return false;
    return this.disturbances.some(
      ({ death }) => death && beganAt < death.until + DEATH_NOTICE_MS && endedAt > death.from,
    );
  }

  /** For each bad build: how many requests were answered 500 while it served a share, of how many, and whether that is more than its share. */
  get badBuilds() {
    return this.disturbances
      .filter(({ badShare }) => badShare !== undefined)
      .map((disturbance) => {
        const those = this.all.filter((outcome) => isDuring(outcome, disturbance));
        const bad = those.filter(isBadAnswer).length;
        return {
          name: disturbance.name,
          bad,
          of: those.length,
          isTooMany: bad > those.length * (disturbance.badShare ?? 0),
        };
      });
  }

  /** Whether the request was under way while something was done to the platform. */
  isDisturbed(outcome: Outcome): boolean {
    return this.disturbances.some((disturbance) => isDuring(outcome, disturbance));
  }
}

export function isWithoutAnswer({ ending }: Outcome): boolean {
  return ending === 'lost' || ending === 'hung';
}

function isDuring(outcome: Outcome, { beganAt, endedAt }: Disturbance): boolean {
  return outcome.beganAt < endedAt && outcome.endedAt > beganAt;
}

/** The answer of a build that is bad on purpose. */
function isBadAnswer({ ending, reason = '' }: Outcome): boolean {
  return ending === 'lost' && reason.startsWith('answer 500 ');
}
