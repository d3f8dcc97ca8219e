/** `keyed` and `unkeyed`: a POST with and without an idempotency key. */
type Kind = 'read' | 'statement' | 'keyed' | 'unkeyed' | 'feed';
/** `retried`: an allowed retry got the reply. `hung`: no reply in time. `lost`: no correct reply for another reason. */
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
/** An action that disturbs the platform under load, such as a release or a kill. */
export interface Disturbance {
  name: string;
  detail: string;
  beganAt: number;
  endedAt: number;
  /** Set if a process was killed. Its `unkeyed` requests in progress can be lost. */
  death?: Death;
  /** Set for a deliberately bad build: the maximum share of its replies with 500, such as 0.25. */
  badShare?: number;
}
/** The process died between these two times. */
export interface Death {
  from: number;
  until: number;
}

/** Within this time, all other processes notice the death of a process. */
const DEATH_NOTICE_MS = 250;

/** Matches the reply of a service whose store answered too late. */
const STORE_WAS_LATE = /503 unavailable: (Sessions cannot be read|The store is temporarily unavailable)/;

/** Collects how requests ended, and decides which losses are allowed. */
export class Outcomes {
  all: Outcome[] = [];
  disturbances: Disturbance[] = [];
  isBusy: boolean;

  /** @param options isBusy: allows losses because of a slow store */
  constructor({ isBusy = false }: { isBusy?: boolean } = {}) {
    this.isBusy = isBusy;
  }

  add(outcome: Outcome): void {
    this.all.push(outcome);
  }

  /** The lost and hung requests that were not allowed. */
  get unforgivable(): Outcome[] {
    return this.all.filter((outcome) => isWithoutAnswer(outcome) && !this.isAllowed(outcome));
  }

  /** A loss is allowed if a kill, a bad build, or a slow store on a busy machine explains it. */
  private isAllowed(outcome: Outcome): boolean {
    const { kind, ending, reason = '', beganAt, endedAt } = outcome;
    if (this.isBusy && ending === 'lost' && STORE_WAS_LATE.test(reason)) return true;
    if (got500(outcome)) return this.disturbances.some((one) => one.badShare !== undefined && isDuring(outcome, one));
    if (kind !== 'unkeyed' || ending !== 'lost') return false;
    return this.disturbances.some(
      ({ death }) => death && beganAt < death.until + DEATH_NOTICE_MS && endedAt > death.from,
    );
  }

  /** For each bad build: how many of its requests got 500, and whether these were too many. */
  get badBuilds() {
    return this.disturbances
      .filter(({ badShare }) => badShare !== undefined)
      .map((disturbance) => {
        const those = this.all.filter((outcome) => isDuring(outcome, disturbance));
        const bad = those.filter(got500).length;
        return {
          name: disturbance.name,
          bad,
          of: those.length,
          isTooMany: bad > those.length * (disturbance.badShare ?? 0),
        };
      });
  }

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

function got500({ ending, reason = '' }: Outcome): boolean {
  return ending === 'lost' && reason.startsWith('answer 500 ');
}
