type Kind = 'read' | 'statement' | 'keyed' | 'unkeyed' | 'feed';
/** `retried`: the rules allowed a second attempt, and it got the reply. */
type Ending = 'answered' | 'retried' | 'lost' | 'hung';
/** How one request of a client ended. Times are milliseconds of performance.now(). */
export interface Outcome {
  door: string;
  kind: Kind;
  ending: Ending;
  /** Why the request was retried or lost. */
  reason?: string;
  request?: string;
  beganAt: number;
  endedAt: number;
}
/** A disturbance of the platform under load. */
export interface Disturbance {
  name: string;
  detail: string;
  beganAt: number;
  endedAt: number;
  /** Defined if a process was killed. Its current requests without an idempotency key can be lost. */
  death?: Death;
  /** Defined for a bad build: the maximum share of requests that get 500. */
  badShare?: number;
}
/** A process died between these two times. */
export interface Death {
  from: number;
  until: number;
}

/** Time until all other processes have noticed the death of a process. */
const DEATH_NOTICE_MS = 250;

/** Replies of services whose store answered too late. */
const STORE_WAS_LATE = /503 unavailable: (Sessions cannot be read|The store is temporarily unavailable)/;

/** How every request of every client ended. */
export class Outcomes {
  all: Outcome[] = [];
  disturbances: Disturbance[] = [];
  isBusy: boolean;

  /** @param options isBusy: a refusal because of a slow store does not count as lost */
  constructor({ isBusy = false }: { isBusy?: boolean } = {}) {
    this.isBusy = isBusy;
  }

  add(outcome: Outcome): void {
    this.all.push(outcome);
  }

  /** Requests that lack a reply although the rules require one. */
  get unforgivable(): Outcome[] {
    return this.all.filter((outcome) => isWithoutAnswer(outcome) && !this.isForgivable(outcome));
  }

  /** True if a kill, a bad build, or a slow store on a busy machine explains the failure. */
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

  /** For each bad build: its requests, how many of them got 500, and whether their share exceeds the maximum. */
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

  /** Whether a disturbance happened during the request. */
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

/** Whether this is the reply of a deliberately bad build. */
function isBadAnswer({ ending, reason = '' }: Outcome): boolean {
  return ending === 'lost' && reason.startsWith('answer 500 ');
}
