import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { between } from '@mainstay/errors';

/**
 * A *parcel* is a log document with an id. An index of the log store keeps only one document per id, so a retry usually
 * does not store a line twice. If the data stream rolls over after a lost reply, the retry goes to the new index, which
 * stores the line again. Elasticsearch has no cheap check of an id across the indices of a data stream.
 */
export interface Parcel {
  readonly id: string;
  readonly json: string;
}

export type Outcome = 'shipped' | 'refused' | 'exit';

/** The log store's reply for one document. */
export interface ItemReply {
  status: number;
  reason?: string | undefined;
}

export interface DeliveryOptions {
  /**
   * Sends the parcels in one request. Returns one reply per parcel, in the order of `parcels`.
   * @throws an error if the whole request failed. The error has a `statusCode` if the reply was an HTTP error.
   */
  send(parcels: readonly Parcel[], signal: AbortSignal): Promise<ItemReply[]>;
  /** Called once for each parcel when the parcel's outcome is final. */
  settled(parcel: Parcel, outcome: Outcome): void;
  storeAway(failure: unknown): void;
  storeBack(): void;
  storeRefused(count: number, reason: string): void;
  /** Maximum number of milliseconds before a retry. The pause doubles after each failure, up to this limit. */
  pauseMaxMs: number;
}

export interface Delivery {
  /**
   * Sends the documents, and resolves when every document has an outcome. Retries until `abandon` is called. Never
   * rejects.
   */
  deliver(documents: readonly string[]): Promise<void>;
  /** Shortens the pauses between retries, because the process will end soon. */
  hurry(): void;
  /** Stops sending. All documents without an outcome and all later documents get the outcome `exit`. */
  abandon(): void;
}

// The limits of one request. Requests are small, so that a slow log store can process a request before the timeout.
const PARCELS_MAX = 500;
const BYTES_MAX = 1_000_000;

const PAUSE_MIN_MS = 500;
const PAUSE_AT_EXIT_MS = 250;

/** Creates a delivery that sends one request at a time, so that a slow log store does not get more load. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const abandoned = new AbortController();
  let wake = new AbortController();
  let isHurried = false;
  let isAway = false;
  let queue = Promise.resolve();

  async function pause(failures: number): Promise<void> {
    const pauseMs = isHurried
      ? PAUSE_AT_EXIT_MS
      : Math.min(options.pauseMaxMs, PAUSE_MIN_MS * 2 ** Math.min(failures, 10));
    // The pause is random, so that many processes do not retry at the same moment.
    await delay(between(pauseMs / 2, pauseMs), undefined, { signal: wake.signal, ref: false }).catch(() => undefined);
  }

  async function attemptAt(parcels: readonly Parcel[]): Promise<Parcel[]> {
    const replies = await options.send(parcels, abandoned.signal);
    const again: Parcel[] = [];
    const refusals: ItemReply[] = [];
    for (const [index, parcel] of parcels.entries()) {
      const reply = replies[index] ?? { status: 500 };
      if (isTemporary(reply)) again.push(parcel);
      else options.settled(parcel, isRefusal(reply) ? 'refused' : 'shipped');
      if (isRefusal(reply)) refusals.push(reply);
    }
    if (refusals.length > 0) options.storeRefused(refusals.length, refusals[0]?.reason ?? 'no reason given');
    if (again.length === parcels.length) throw new Error('the log store accepts no documents at the moment');
    return again;
  }

  async function ship(parcels: readonly Parcel[]): Promise<void> {
    let left = parcels;
    for (let failures = 0; left.length > 0 && !abandoned.signal.aborted;) {
      try {
        left = await attemptAt(left);
        failures = 0;
        tellIfChanged(undefined);
      } catch (failure) {
        if (isContentRefused(failure)) return shipHalves(left, failure);
        failures += 1;
        tellIfChanged(failure);
      }
      if (left.length > 0) await pause(failures);
    }
    for (const parcel of left) options.settled(parcel, 'exit');
  }

  function tellIfChanged(failure: unknown): void {
    const wasAway = isAway;
    isAway = failure !== undefined;
    if (isAway === wasAway || abandoned.signal.aborted) return;
    if (isAway) options.storeAway(failure);
    else options.storeBack();
  }

  /**
   * Sends each half of the parcels separately, because one invalid parcel can make the log store refuse the whole
   * request.
   */
  async function shipHalves(parcels: readonly Parcel[], failure: unknown): Promise<void> {
    const [only, ...others] = parcels;
    if (only && others.length === 0) {
      tellIfChanged(undefined);
      options.settled(only, 'refused');
      options.storeRefused(1, messageOf(failure));
      return;
    }
    const middle = Math.ceil(parcels.length / 2);
    await ship(parcels.slice(0, middle));
    await ship(parcels.slice(middle));
  }

  return {
    deliver(documents) {
      const parcels = documents.map((json) => ({ id: randomBytes(12).toString('base64url'), json }));
      queue = queue.then(async () => {
        for (const part of partsOf(parcels)) await ship(part);
      });
      return queue;
    },
    hurry() {
      isHurried = true;
      const sleeping = wake;
      wake = new AbortController();
      sleeping.abort();
    },
    abandon() {
      abandoned.abort();
      wake.abort();
    },
  };
}

function* partsOf(parcels: readonly Parcel[]): Generator<Parcel[]> {
  let part: Parcel[] = [];
  let bytes = 0;
  for (const parcel of parcels) {
    if (part.length > 0 && (part.length >= PARCELS_MAX || bytes + parcel.json.length > BYTES_MAX)) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(parcel);
    bytes += parcel.json.length;
  }
  if (part.length > 0) yield part;
}

const isTemporary = ({ status }: ItemReply): boolean => status === 429 || status >= 500;
/** Status 409 means that an earlier request stored the parcel, so the parcel counts as shipped. */
const isRefusal = ({ status }: ItemReply): boolean => status >= 400 && status < 500 && status !== 429 && status !== 409;

/**
 * Returns true if the log store refused the content of the request. Other failures, for example status 401, are
 * retried.
 */
function isContentRefused(failure: unknown): boolean {
  const { statusCode } = failure as { statusCode?: number };
  return statusCode === 400 || statusCode === 413;
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
