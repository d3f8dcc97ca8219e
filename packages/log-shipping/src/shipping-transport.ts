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
  /** All is settled that ever will be. */
  closed(): Promise<void>;
}

/** One line above it is dropped: a thousand of them would be all that may wait. */
const lineCharactersMax = 256 * 1024;

/**
 * winston-elasticsearch, which gathers lines and sends them at intervals, behind a door that lets in no more than may wait, and before a client that keeps
 * what it was given until the store has taken it. So its own way of trying again never comes to it: that sends a whole batch again for one refused
 * line, drops without counting, and rejects unheard when the store is away for long.
 */
export class ShippingTransport extends ElasticsearchTransport {
  /** What its type leaves out. */
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
      // The template and its mappings are put in place by a command of their own.
      ensureIndexTemplate: false,
      transformer: ({ meta }) => meta.json as string,
      client: clientFor(options.delivery),
    });
    this.#options = options;
    // The timers of its next flushes keep no process alive, as its own would: `end` sends what waits.
    this.bulkWriter.schedule = () => void setTimeout(() => this.bulkWriter.tick(), options.flushIntervalMs).unref();
  }

  get linesWaiting(): number {
    return this.#linesWaiting;
  }

  override log(line: Record<string, unknown>, next: () => void): void {
    const { linesMax, charactersMax } = this.#options;
    const isFull = this.#linesWaiting >= linesMax || this.#charactersWaiting >= charactersMax;
    const json = isFull ? '' : JSON.stringify(documentOf(line));
    if (isFull || json.length > lineCharactersMax) {
      this.#options.dropped(isFull ? 'full' : 'too_large');
      next();
      return;
    }
    this.#linesWaiting += 1;
    this.#charactersWaiting += json.length;
    void super.log?.({ level: line.level, json }, () => undefined);
    // At once, not when its buffer has the line: what winston would hold meanwhile is bounded by nothing, or dropped unseen.
    next();
  }

  /** A line that no longer waits. */
  settle(json: string): void {
    this.#linesWaiting -= 1;
    this.#charactersWaiting -= json.length;
    if (this.#linesWaiting === 0) this.#allSettled?.();
  }

  /** Sends what waits; `finish` follows when all of it is settled. */
  override end(...args: unknown[]): this {
    const { delivery, flushTimeoutMs } = this.#options;
    delivery.hurry();
    const abandon = setTimeout(() => delivery.abandon(), flushTimeoutMs);
    void this.#settled()
      .then(() => clearTimeout(abandon))
      .then(() => this.#options.closed())
      // What its own `end` does is done: nothing waits.
      .finally(() => super.end(...(args as [])));
    return this;
  }

  async #settled(): Promise<void> {
    // Lines of this very moment are in its buffer a moment later.
    await new Promise(setImmediate);
    if (this.#linesWaiting === 0) return;
    const settled = new Promise<void>((resolve) => (this.#allSettled = resolve));
    await Promise.all([this.flush(), settled]);
  }
}

/** As much of a client as winston-elasticsearch uses. */
function clientFor(delivery: Delivery): Client {
  const facade = {
    // Whether the store answers is found out by sending to it, which is all that it need allow us.
    cluster: { health: () => Promise.resolve({}) },
    // It gathers the newest first.
    bulk: ({ body }: { body: (object | string)[] }) =>
      delivery.deliver(body.filter((part) => typeof part === 'string').reverse()),
  };
  return facade as unknown as Client;
}
