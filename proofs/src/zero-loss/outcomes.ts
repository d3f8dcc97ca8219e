/** `keyed` is a POST with an idempotency key. `unkeyed` is a POST without an idempotency key. */
type Kind = 'read' | 'statement' | 'keyed' | 'unkeyed' | 'feed';
/** `retried`: an allowed retry got the reply. `hung`: no reply within the time limit. `lost`: any other failure. */
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
  /** Set if a process was killed. An `unkeyed` request may be lost if the killed process was processing the request. */
  death?: Death;
  /** Set for a deliberately bad build. Maximum share of requests that may get status 500, for example 0.25. */
  badShare?: number;
}
/** The killed process died between `from` and `until`. */
export interface Death {
  from: number;
  until: number;
}

/** Milliseconds within which all other processes notice that a process has died. */
const DEATH_NOTICE_MS = 250;

/** Matches the reply of a service whose store responded too late. */
const STORE_WAS_LATE = /503 unavailable: (Sessions cannot be read|The store is temporarily unavailable)/;

/** Collects how requests ended, and decides which losses are allowed. */
export class Outcomes {
  all: Outcome[] = [];
  disturbances: Disturbance[] = [];
  isBusy: boolean;

  /** If `isBusy` is true, the loss of a request is allowed when a store responded too late. */
  constructor({ isBusy = false }: { isBusy?: boolean } = {}) {
    this.isBusy = isBusy;
  }

  add(outcome: Outcome): void {
    this.all.push(outcome);
  }

  /** Returns the lost and hung requests whose loss is not allowed. */
  get unforgivable(): Outcome[] {
    return this.all.filter((outcome) => isWithoutAnswer(outcome) && !this.isAllowed(outcome));
  }

  /** A loss is allowed if a kill, a bad build, or a slow store on a busy machine explains the loss. */
  private isAllowed(outcome: Outcome): boolean {
    const { kind, ending, reason = '', beganAt, endedAt } = outcome;
    if (this.isBusy && ending === 'lost' && STORE_WAS_LATE.test(reason)) return true;
    if (got500(outcome)) return this.disturbances.some((one) => one.badShare !== undefined && isDuring(outcome, one));
    if (kind !== 'unkeyed' || ending !== 'lost') return false;
    return this.disturbances.some(
      ({ death }) => death && beganAt < death.until + DEATH_NOTICE_MS && endedAt > death.from,
    );
  }

  /**
   * Returns, for each bad build, the number of requests that got status 500. `isTooMany` is true if the share of
   * requests with status 500 is larger than `badShare`.
   */
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
