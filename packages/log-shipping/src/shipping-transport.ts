import type { Client } from '@elastic/elasticsearch';
import { ElasticsearchTransport } from 'winston-elasticsearch';
import type { Delivery } from './deliver.js';
import { documentOf } from './document.js';

export type ShippingLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ShippingTransportOptions {
  level: ShippingLevel;
  stream: string;
  flushIntervalMs: number;
  linesMax: number;
  charactersMax: number;
  flushTimeoutMs: number;
  dropped(reason: 'full' | 'too_large'): void;
  delivery: Delivery;
  /** Resolves when everything is settled. */
  closed(): Promise<void>;
}

/** A larger line is dropped: a thousand of them would fill the queue. */
const LINE_CHARACTERS_MAX = 256 * 1024;

/**
 * winston-elasticsearch, which collects lines and sends them at intervals. The queue in front of it is bounded, and
 * its client keeps the lines until the store has taken them. So its own retries never run: they send a whole batch
 * again for one refused line, drop lines without counting, and end the process by an unhandled rejection when the
 * store is down for long.
 */
export class ShippingTransport extends ElasticsearchTransport {
  /** The type declarations of winston-elasticsearch lack this property. */
  declare readonly bulkWriter: { schedule(): void; tick(): void };
  readonly #options: ShippingTransportOptions;
  #linesWaiting = 0;
  #charactersWaiting = 0;
  #allSettled: (() => void) | undefined;

  constructor(options: ShippingTransportOptions) {
    super({
      level: options.level,
      index: options.stream,
      dataStream: true,
      flushInterval: options.flushIntervalMs,
      // A separate command installs the template and its mappings.
      ensureIndexTemplate: false,
      transformer: ({ meta }) => meta.json as string,
      client: clientFor(options.delivery),
    });
    this.#options = options;
    // The timers of the next flushes must not keep the process alive; `end` sends waiting lines.
    this.bulkWriter.schedule = () => void setTimeout(() => this.bulkWriter.tick(), options.flushIntervalMs).unref();
  }

  get linesWaiting(): number {
    return this.#linesWaiting;
  }

  override log(line: Record<string, unknown>, next: () => void): void {
    const { linesMax, charactersMax } = this.#options;
    const isFull = this.#linesWaiting >= linesMax || this.#charactersWaiting >= charactersMax;
    const json = isFull ? '' : JSON.stringify(documentOf(line));
    if (isFull || json.length > LINE_CHARACTERS_MAX) {
      this.#options.dropped(isFull ? 'full' : 'too_large');
      next();
      return;
    }
    this.#linesWaiting += 1;
    this.#charactersWaiting += json.length;
    void super.log?.({ level: line.level, json }, () => undefined);
    // Call back at once, and not when the buffer has the line: winston would hold the lines in between without a bound,
    // or drop them uncounted.
    next();
  }

  /** Removes a line from the waiting ones. */
  settle(json: string): void {
    this.#linesWaiting -= 1;
    this.#charactersWaiting -= json.length;
    if (this.#linesWaiting === 0) this.#allSettled?.();
  }

  /** Sends the waiting lines. `finish` follows when all of them are settled. */
  override end(...args: unknown[]): this {
    const { delivery, flushTimeoutMs } = this.#options;
    delivery.hurry();
    const abandon = setTimeout(() => delivery.abandon(), flushTimeoutMs);
    void this.#settled()
      .then(() => clearTimeout(abandon))
      .then(() => this.#options.closed())
      // The inherited `end` comes last, when no line waits any more.
      .finally(() => super.end(...(args as [])));
    return this;
  }

  async #settled(): Promise<void> {
    // The lines of this turn of the event loop reach the buffer only in the next turn.
    await new Promise(setImmediate);
    if (this.#linesWaiting === 0) return;
    const settled = new Promise<void>((resolve) => (this.#allSettled = resolve));
    await Promise.all([this.flush(), settled]);
  }
}

/** The part of a client that winston-elasticsearch uses. */
function clientFor(delivery: Delivery): Client {
  const facade = {
    // There is no other probe than sending, so the credentials need no other right in the store.
    cluster: { health: () => Promise.resolve({}) },
    // winston-elasticsearch passes the newest documents first, so reverse their order.
    bulk: ({ body }: { body: (object | string)[] }) =>
      delivery.deliver(body.filter((part) => typeof part === 'string').reverse()),
  };
  return facade as unknown as Client;
}
