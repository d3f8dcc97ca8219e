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
  /** Closes the client. Called when no line waits. */
  closed(): Promise<void>;
}

/** Longer lines are dropped, because 64 of them would fill the queue. */
const LINE_CHARACTERS_MAX = 256 * 1024;

/**
 * Bounds the lines that wait in winston-elasticsearch, and counts the dropped lines. `clientFor` replaces the library's
 * retries, which lose lines and can end the process.
 */
export class ShippingTransport extends ElasticsearchTransport {
  /** The types of winston-elasticsearch lack this property. */
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
    // A waiting timer must not keep the process alive.
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
    // Call back at once. Otherwise winston itself stores waiting lines, without a bound.
    next();
  }

  settle(json: string): void {
    this.#linesWaiting -= 1;
    this.#charactersWaiting -= json.length;
    if (this.#linesWaiting === 0) this.#allSettled?.();
  }

  /** Sends the waiting lines, and then emits `finish`. */
  override end(...args: unknown[]): this {
    const { delivery, flushTimeoutMs } = this.#options;
    delivery.hurry();
    const abandon = setTimeout(() => delivery.abandon(), flushTimeoutMs);
    void this.#settled()
      .then(() => clearTimeout(abandon))
      .then(() => this.#options.closed())
      // The inherited `end` emits `finish`, so it runs only when no line waits.
      .finally(() => super.end(...(args as [])));
    return this;
  }

  async #settled(): Promise<void> {
    // A line reaches the buffer only in the next turn of the event loop, so wait for that turn.
    await new Promise(setImmediate);
    if (this.#linesWaiting === 0) return;
    const settled = new Promise<void>((resolve) => (this.#allSettled = resolve));
    await Promise.all([this.flush(), settled]);
  }
}

/** A client with the two methods that winston-elasticsearch calls. */
function clientFor(delivery: Delivery): Client {
  const facade = {
    // A real health check would need another permission in the store, so this always succeeds.
    cluster: { health: () => Promise.resolve({}) },
    // winston-elasticsearch passes the newest documents first, so reverse them.
    bulk: ({ body }: { body: (object | string)[] }) =>
      delivery.deliver(body.filter((part) => typeof part === 'string').reverse()),
  };
  return facade as unknown as Client;
}
