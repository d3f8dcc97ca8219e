import type { IncomingMessage, ServerResponse } from 'node:http';
import { within } from '@mainstay/errors';
import { dataReplyHeaders } from '@mainstay/hardening';
import type { RequestHandler } from 'express';

/** Resolves if the store answers, and rejects if the store is down. */
export type Probe = () => Promise<unknown>;

/** A probe rejects with this error if its store answers but refuses writes. The instance still becomes ready. */
export class StoreImpairedError extends Error {
  override name = 'StoreImpairedError';
}

export interface HealthReport {
  status: 'ok' | 'starting' | 'draining';
  /** Names of required stores that have not answered since this instance started. */
  waitingFor: string[];
  /** Names of required stores that have answered since the start, but now refuse writes or give no answer. */
  degraded: string[];
}

/**
 * An instance becomes ready when every required store has answered at least one probe. If a store fails later, the
 * instance stays ready, and requests that need the store get 503.
 */
export interface Health {
  require(store: string, probe: Probe): void;
  report(): HealthReport;
  /** Resolves when every required store has answered at least one probe. */
  ready(): Promise<void>;
  close(): void;
}

export interface HealthOptions {
  isDraining: () => boolean;
  /**
   * Called when a store answers for the first time, and when its probes begin to fail or to succeed. `failure` is
   * undefined if the probes succeed.
   */
  onChange: (store: string, failure: unknown) => void;
  probeIntervalMs?: number;
  probeTimeoutMs?: number;
}

/**
 * Milliseconds between two probes of a store that has not yet answered. The interval is short, so that a service
 * becomes ready fast.
 */
const START_PROBE_INTERVAL_MS = 100;
/** Milliseconds for which failures of a store are ignored at first, because a new client needs time to connect. */
const START_PATIENCE_MS = 2_000;

interface StoreState {
  sinceMs: number;
  hasAnswered: boolean;
  /** Undefined until `onChange` is called for this store. */
  answersNow: boolean | undefined;
}

export function createHealth({
  isDraining,
  onChange,
  probeIntervalMs = 1_000,
  probeTimeoutMs = 1_000,
}: HealthOptions): Health {
  const stores = new Map<string, StoreState>();
  const timers = new Set<NodeJS.Timeout>();
  const waiting: (() => void)[] = [];
  let isClosed = false;

  function named(matches: (state: StoreState) => boolean): string[] {
    return [...stores].filter(([, state]) => matches(state)).map(([store]) => store);
  }

  function settleWaiting(): void {
    if (named((state) => !state.hasAnswered).length === 0) for (const resolve of waiting.splice(0)) resolve();
  }

  async function watch(store: string, probe: Probe, state: StoreState): Promise<void> {
    const failure = await probeOnce(probe, probeTimeoutMs);
    if (isClosed) return;
    note(store, state, failure);
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        void watch(store, probe, state);
      },
      state.hasAnswered ? probeIntervalMs : START_PROBE_INTERVAL_MS,
    );
    timers.add(timer.unref());
  }

  function note(store: string, state: StoreState, failure: unknown): void {
    const answers = failure === undefined;
    const isAway = !answers && !(failure instanceof StoreImpairedError);
    const isOpening = isAway && !state.hasAnswered && performance.now() - state.sinceMs < START_PATIENCE_MS;
    const isFirstAnswer = !isAway && !state.hasAnswered;
    if (isOpening || (answers === state.answersNow && !isFirstAnswer)) return;
    state.answersNow = answers;
    state.hasAnswered ||= isFirstAnswer;
    onChange(store, failure);
    settleWaiting();
  }

  return {
    require(store, probe) {
      const state: StoreState = { sinceMs: performance.now(), hasAnswered: false, answersNow: undefined };
      stores.set(store, state);
      void watch(store, probe, state);
    },
    report() {
      const waitingFor = named((state) => !state.hasAnswered);
      const status = isDraining() ? 'draining' : waitingFor.length > 0 ? 'starting' : 'ok';
      return { status, waitingFor, degraded: named((state) => state.hasAnswered && state.answersNow === false) };
    },
    ready() {
      return new Promise((resolve) => {
        waiting.push(resolve);
        settleWaiting();
      });
    },
    close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

async function probeOnce(probe: Probe, timeoutMs: number): Promise<unknown> {
  try {
    await within(Promise.resolve(probe()), timeoutMs, 'The probe');
    return undefined;
  } catch (error) {
    return error ?? new Error('the probe failed');
  }
}

/**
 * Responds to health checks on a public port. The status is 200 if the instance is ready, otherwise 503. The reply
 * names no stores.
 */
export function publicHealthReply(health: Pick<Health, 'report'>): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    const { status } = health.report();
    const body = JSON.stringify({ status });
    res.writeHead(status === 'ok' ? 200 : 503, {
      ...dataReplyHeaders,
      'content-type': 'application/json; charset=utf-8',
      'content-length': body.length,
      'cache-control': 'no-store',
    });
    res.end(req.method === 'HEAD' ? undefined : body);
  };
}

/**
 * Responds to health checks on the management port with the full report. The status is 200 if the instance is ready,
 * otherwise 503.
 */
export function healthReply(health: Pick<Health, 'report'>): RequestHandler {
  return (_req, res) => {
    const report = health.report();
    res.setHeader('cache-control', 'no-store');
    res.status(report.status === 'ok' ? 200 : 503).json(report);
  };
}
