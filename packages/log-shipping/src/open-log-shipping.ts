import { Client, type ClientOptions } from '@elastic/elasticsearch';
import type winston from 'winston';
import { createDelivery, type Parcel } from './deliver.js';
import { ShippingTransport, type ShippingLevel } from './shipping-transport.js';
import { parseBulkReply } from './bulk-reply.js';

export interface LogShippingOptions {
  /** Elasticsearch 8, without credentials. */
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  /** Instead of user and password. */
  apiKey?: string | undefined;
  /** Certificates of the authority that signed the store's certificate, as PEM. Default: those of Node.js. */
  ca?: string | undefined;
  /** The data stream that the lines go to. */
  stream: string;
  /** Least severity that is shipped. */
  level: ShippingLevel;
  /**
   * Lines that may wait for the store. Further ones are dropped, so that the beginning of an outage is kept. Default:
   * 20,000.
   */
  linesMax?: number;
  /** Characters of all waiting lines, as JSON. Default: 16 Mi. */
  charactersMax?: number;
  /** Longest time for one request to the store. Default: 10 s. */
  requestTimeoutMs?: number;
  /** Longest pause between attempts while the store is down. Default: 10 s. */
  pauseMaxMs?: number;
  /** Interval of sending, in ms. Default: 1 s. */
  flushIntervalMs?: number;
  /**
   * How long the end of the transport may send waiting lines. Default: 4 s, within the five for which a logger waits
   * for its transports.
   */
  flushTimeoutMs?: number;
}

/**
 * Why a line was not shipped: `full`, too many wait; `too_large`; `refused` by the store; `exit`, the process ended
 * first.
 */
export type DropReason = 'full' | 'too_large' | 'refused' | 'exit';

/** The outcome of each line that the transport got. */
export interface ShippingCounts {
  readonly shipped: number;
  readonly waiting: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** Receives the outcome of lines. */
export interface ShippingObserver {
  /** Called when the store goes down, comes back, or refuses lines. Refusals are logged at most once a minute. */
  log: {
    info(message: string, fields?: Record<string, unknown>): void;
    warn(message: string, fields?: Record<string, unknown>): void;
  };
  /** Counts each line once, including lines from before `observe`. */
  counted(outcome: 'shipped' | DropReason, lines: number): void;
}

export interface LogShipping {
  /**
   * For `createLogger({ transports })`. Ending it sends waiting lines within `flushTimeoutMs`; the rest is dropped
   * and counted.
   */
  transport: winston.transport;
  counts(): ShippingCounts;
  /** Sets the one observer; the last call counts. */
  observe(observer: ShippingObserver): void;
}

const REFUSALS_REPORTED_EVERY_MS = 60_000;

/**
 * Ships log lines to Elasticsearch. If the store is down, slow, full or refuses lines, lines are lost and counted,
 * and memory stays bounded. Opens no connection by itself.
 */
export function openLogShipping(options: LogShippingOptions): LogShipping {
  const { stream, level, requestTimeoutMs = 10_000, pauseMaxMs = 10_000, flushIntervalMs = 1_000 } = options;
  const client = new Client(clientOptions(options, requestTimeoutMs));
  const counts = { shipped: 0, waiting: 0, dropped: { full: 0, too_large: 0, refused: 0, exit: 0 } };
  let observer: ShippingObserver | undefined;
  let refusalsReportedAtMs = -REFUSALS_REPORTED_EVERY_MS;

  const delivery = createDelivery({
    pauseMaxMs,
    async send(parcels, signal) {
      const request = { method: 'POST', path: `/${encodeURIComponent(stream)}/_bulk`, bulkBody: bodyOf(parcels) };
      return parseBulkReply(await client.transport.request(request, { signal, maxRetries: 0 }), parcels.length);
    },
    settled(parcel, outcome) {
      transport.settle(parcel.json);
      count(outcome);
    },
    storeAway: (error) => observer?.log.warn('log store does not answer: lines wait for it', { error }),
    storeBack: () => observer?.log.info('log store answers again', { dropped: { ...counts.dropped } }),
    storeRefused(lines, reason) {
      if (performance.now() - refusalsReportedAtMs < REFUSALS_REPORTED_EVERY_MS) return;
      refusalsReportedAtMs = performance.now();
      observer?.log.warn('log store refuses lines', { lines, reason });
    },
  });

  function count(outcome: 'shipped' | DropReason): void {
    if (outcome === 'shipped') counts.shipped += 1;
    else counts.dropped[outcome] += 1;
    observer?.counted(outcome, 1);
  }

  const transport = new ShippingTransport({
    level,
    stream,
    flushIntervalMs,
    flushTimeoutMs: options.flushTimeoutMs ?? 4_000,
    linesMax: options.linesMax ?? 20_000,
    charactersMax: options.charactersMax ?? 16 * 1024 * 1024,
    dropped: count,
    delivery,
    closed: () => client.close(),
  });

  return {
    transport,
    counts: () => ({ ...counts, waiting: transport.linesWaiting, dropped: { ...counts.dropped } }),
    observe(next) {
      observer = next;
      observer.counted('shipped', counts.shipped);
      for (const [reason, lines] of Object.entries(counts.dropped)) observer.counted(reason as DropReason, lines);
    },
  };
}

function clientOptions({ url, user, password, apiKey, ca }: LogShippingOptions, requestTimeout: number): ClientOptions {
  return {
    node: url,
    requestTimeout,
    // Retries are the business of `deliver`, which knows when the process ends.
    maxRetries: 0,
    ...(apiKey !== undefined && { auth: { apiKey } }),
    ...(apiKey === undefined && user !== undefined && { auth: { username: user, password: password ?? '' } }),
    ...(ca !== undefined && { tls: { ca } }),
  };
}

/** `create`, because a data stream accepts nothing else. */
function bodyOf(parcels: readonly Parcel[]): string {
  return parcels.map(({ id, json }) => `{"create":{"_id":"${id}"}}\n${json}\n`).join('');
}
