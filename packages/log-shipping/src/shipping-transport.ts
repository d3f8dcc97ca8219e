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
  /** `end` calls this function when every line is sent or dropped. */
  closed(): Promise<void>;
}

/**
 * Maximum length of a line. Longer lines are dropped, so that a few long lines cannot fill the queue. The default queue
 * limit `charactersMax` equals 64 lines of this length.
 */
const LINE_CHARACTERS_MAX = 256 * 1024;

/**
 * Passes lines to winston-elasticsearch, and limits the number of waiting lines. The retries of winston-elasticsearch
 * lose lines and can end the process. So `clientFor` makes winston-elasticsearch send the lines through `delivery`.
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
      // A separate command installs the index template, so the transport must not install the template.
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
    // Call `next` before the line is sent. Otherwise winston would buffer all later lines in memory without a limit.
    next();
  }

  settle(json: string): void {
    this.#linesWaiting -= 1;
    this.#charactersWaiting -= json.length;
    if (this.#linesWaiting === 0) this.#allSettled?.();
  }

  /** Waits until every line is sent, but at most `flushTimeoutMs`. Then emits `finish`. */
  override end(...args: unknown[]): this {
    const { delivery, flushTimeoutMs } = this.#options;
    delivery.hurry();
    const abandon = setTimeout(() => delivery.abandon(), flushTimeoutMs);
    void this.#settled()
      .then(() => clearTimeout(abandon))
      .then(() => this.#options.closed())
      // Call the inherited `end` last, because the inherited `end` emits `finish`.
      .finally(() => super.end(...(args as [])));
    return this;
  }

  async #settled(): Promise<void> {
    // winston-elasticsearch buffers a line only after its `log` has returned, so wait for a turn of the event loop.
    await new Promise(setImmediate);
    if (this.#linesWaiting === 0) return;
    const settled = new Promise<void>((resolve) => (this.#allSettled = resolve));
    await Promise.all([this.flush(), settled]);
  }
}

/** Returns the two client methods that winston-elasticsearch calls. */
function clientFor(delivery: Delivery): Client {
  const facade = {
    // A real health check needs a further permission in the store, so this check always succeeds.
    cluster: { health: () => Promise.resolve({}) },
    // winston-elasticsearch passes the newest documents first, so reverse the documents.
    bulk: ({ body }: { body: (object | string)[] }) =>
      delivery.deliver(body.filter((part) => typeof part === 'string').reverse()),
  };
  return facade as unknown as Client;
}
