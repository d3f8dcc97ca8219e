import { Client, type ClientOptions } from '@elastic/elasticsearch';
import type winston from 'winston';
import { createDelivery, type Parcel } from './deliver.js';
import { ShippingTransport, type ShippingLevel } from './shipping-transport.js';
import { parseBulkReply } from './bulk-reply.js';

export interface LogShippingOptions {
  /** The address of the log store, which is Elasticsearch 8. Contains no credentials. */
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  /** If set, `user` and `password` are ignored. */
  apiKey?: string | undefined;
  /** The CA certificates that verify the store, as PEM. Default: the CAs that Node.js trusts. */
  ca?: string | undefined;
  /** The Elasticsearch data stream that receives the lines. */
  stream: string;
  /** Less severe lines are not sent. */
  level: ShippingLevel;
  /** The maximum number of lines that wait for the store. Further lines are dropped. Default: 20,000. */
  linesMax?: number;
  /** The maximum size of all waiting lines, in characters of JSON. Default: 16 * 1024 * 1024. */
  charactersMax?: number;
  /** The time limit of one request to the store. Default: 10 s. */
  requestTimeoutMs?: number;
  /** The longest pause before a failed request is sent again. Default: 10 s. */
  pauseMaxMs?: number;
  /** The interval at which lines are sent. Default: 1 s. */
  flushIntervalMs?: number;
  /** The time limit of `transport.end`. It must be less than 5 s, because the logger waits only 5 s. Default: 4 s. */
  flushTimeoutMs?: number;
}

/** `full`: too many lines or characters waited. `exit`: the process ended before the store accepted the line. */
export type DropReason = 'full' | 'too_large' | 'refused' | 'exit';

/** Counts lines. `shipped` and `dropped` count since the process started. */
export interface ShippingCounts {
  readonly shipped: number;
  readonly waiting: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
}

export interface ShippingObserver {
  /** The log for outages of the store and for refused lines. */
  log: {
    info(message: string, fields?: Record<string, unknown>): void;
    warn(message: string, fields?: Record<string, unknown>): void;
  };
  /** Called when `lines` more lines were shipped or dropped. */
  counted(outcome: 'shipped' | DropReason, lines: number): void;
}

export interface LogShipping {
  /** The transport for `createLogger`. Its `end` sends the waiting lines, and stops after `flushTimeoutMs`. */
  transport: winston.transport;
  counts(): ShippingCounts;
  /** Sets the observer, and calls its `counted` with the current counts. */
  observe(observer: ShippingObserver): void;
}

const REFUSALS_REPORTED_EVERY_MS = 60_000;

/** Sends log lines to the store. */
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
    maxRetries: 0,
    ...(apiKey !== undefined && { auth: { apiKey } }),
    ...(apiKey === undefined && user !== undefined && { auth: { username: user, password: password ?? '' } }),
    ...(ca !== undefined && { tls: { ca } }),
  };
}

/** Uses the action `create`, because a data stream accepts no other action. */
function bodyOf(parcels: readonly Parcel[]): string {
  return parcels.map(({ id, json }) => `{"create":{"_id":"${id}"}}\n${json}\n`).join('');
}
