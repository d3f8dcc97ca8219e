import { Client, type ClientOptions } from '@elastic/elasticsearch';
import type winston from 'winston';
import { createDelivery, type Parcel } from './deliver.js';
import { ShippingTransport, type ShippingLevel } from './shipping-transport.js';
import { parseBulkReply } from './bulk-reply.js';

export interface LogShippingOptions {
  /** The address of Elasticsearch 8, without credentials. */
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  /** If set, `user` and `password` are ignored. */
  apiKey?: string | undefined;
  /** The CA certificates of the store, as PEM. Default: the CAs that Node.js trusts. */
  ca?: string | undefined;
  /** The data stream that receives the lines. */
  stream: string;
  /** Less severe lines are not shipped. */
  level: ShippingLevel;
  /** The maximum number of lines that wait for the store. Further lines are dropped. Default: 20,000. */
  linesMax?: number;
  /** The maximum size of all waiting lines, in characters of JSON. Default: 16 Mi. */
  charactersMax?: number;
  /** The time limit of one request to the store. Default: 10 s. */
  requestTimeoutMs?: number;
  /** The longest pause between attempts while the store is down. Default: 10 s. */
  pauseMaxMs?: number;
  /** The interval at which lines are sent. Default: 1 s. */
  flushIntervalMs?: number;
  /** The time limit of the transport's `end`. It must be below the logger's limit of 5 s. Default: 4 s. */
  flushTimeoutMs?: number;
}

/** `full`: too many lines wait. `too_large`: the line is too long. `exit`: the process ended before sending the line. */
export type DropReason = 'full' | 'too_large' | 'refused' | 'exit';

/** The number of lines by outcome. */
export interface ShippingCounts {
  readonly shipped: number;
  readonly waiting: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
}

export interface ShippingObserver {
  /** Logs outages of the store, and refused lines at most once a minute. */
  log: {
    info(message: string, fields?: Record<string, unknown>): void;
    warn(message: string, fields?: Record<string, unknown>): void;
  };
  /** Adds `lines` to the count of the outcome. `observe` calls it with the current counts. */
  counted(outcome: 'shipped' | DropReason, lines: number): void;
}

export interface LogShipping {
  /** The transport for `createLogger`. `end` sends the waiting lines for at most `flushTimeoutMs`. */
  transport: winston.transport;
  counts(): ShippingCounts;
  /** Sets the observer, and reports the current counts to it. */
  observe(observer: ShippingObserver): void;
}

const REFUSALS_REPORTED_EVERY_MS = 60_000;

/** Ships log lines to Elasticsearch. If the store accepts no lines, memory stays bounded: further lines are dropped. */
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
    // `createDelivery` retries, so the client does not.
    maxRetries: 0,
    ...(apiKey !== undefined && { auth: { apiKey } }),
    ...(apiKey === undefined && user !== undefined && { auth: { username: user, password: password ?? '' } }),
    ...(ca !== undefined && { tls: { ca } }),
  };
}

/** Elasticsearch data streams accept only the action `create`. */
function bodyOf(parcels: readonly Parcel[]): string {
  return parcels.map(({ id, json }) => `{"create":{"_id":"${id}"}}\n${json}\n`).join('');
}
