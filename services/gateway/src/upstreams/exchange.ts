import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Dispatcher } from 'undici';

/** A service's reply. */
export interface UpstreamReply {
  statusCode: number;
  headers: IncomingHttpHeaders;
  /**
   * The whole body, if the reply announces that it is small. Otherwise a stream, which the receiver reads to its end
   * or destroys.
   */
  body: Buffer | Readable;
}

export type StreamedReply = UpstreamReply & { body: Readable };

/** Whether the reply's body is still coming. */
export const isStreamed = (reply: UpstreamReply): reply is StreamedReply => reply.body instanceof Readable;

/**
 * Replies up to this length are read as a whole: they need no stream, and a broken one is a failed attempt like any
 * other.
 */
const SMALL_BYTES_MAX = 64 * 1024;

type Controller = Dispatcher.DispatchController;

/** Calls `then` when the reply's connection is free, or gone. */
export function whenReceived(reply: UpstreamReply, then: () => void): void {
  if (isStreamed(reply)) reply.body.once('close', then);
  else then();
}

/** Reads the text of a reply. */
export async function textOf({ body }: UpstreamReply): Promise<string> {
  return body instanceof Readable ? text(body) : body.toString();
}

/** Discards a reply. */
export function discard(reply: UpstreamReply): void {
  if (isStreamed(reply)) reply.body.destroy();
}

/**
 * Sends a request. Resolves with a small reply when all of it has arrived, with any other one at its head.
 * @throws the reason of `signal` once that is aborted; undici's error if the connection failed
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<UpstreamReply> {
  return new Promise((resolve, reject) => {
    const reception = new Reception({ resolve, reject, signal, isHead: request.method === 'HEAD' });
    if (signal.aborted) reject(signal.reason as Error);
    else dispatcher.dispatch(request, reception);
  });
}

interface ReceptionOptions {
  resolve: (reply: UpstreamReply) => void;
  reject: (error: unknown) => void;
  signal: AbortSignal;
  isHead: boolean;
}

/** Receives one reply. The signal can abort it until the last byte has arrived. */
class Reception implements Dispatcher.DispatchHandler {
  readonly #options: ReceptionOptions;
  readonly #onAbort = (): void => this.#abort();
  readonly #chunks: Buffer[] = [];
  #controller: Controller | undefined;
  #head: Pick<UpstreamReply, 'statusCode' | 'headers'> | undefined;
  /** The body of a reply that is not small. */
  #stream: Readable | undefined;

  constructor(options: ReceptionOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', this.#onAbort);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#options.signal.aborted) this.#abort();
  }

  onResponseStart(controller: Controller, statusCode: number, headers: IncomingHttpHeaders): void {
    if (statusCode < 200) return;
    this.#head = { statusCode, headers };
    if (this.#options.isHead || Number(headers['content-length'] ?? Infinity) <= SMALL_BYTES_MAX) return;
    this.#stream = new Readable({
      read: () => controller.resume(),
      destroy(error, done) {
        if (!this.readableEnded) controller.abort(error ?? new Error('nobody reads the reply any more'));
        // Wait until the receiver has added its listener: an error without a listener would end the process.
        setImmediate(done, error);
      },
    });
    this.#options.resolve({ ...this.#head, body: this.#stream });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (!this.#stream) this.#chunks.push(chunk);
    else if (!this.#stream.push(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#forgetSignal();
    if (this.#stream) this.#stream.push(null);
    else this.#options.resolve({ ...this.#head!, body: this.#whole() });
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#forgetSignal();
    if (this.#stream) this.#stream.destroy(error);
    else this.#options.reject(error);
  }

  #whole(): Buffer {
    const [first] = this.#chunks;
    return this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks);
  }

  #abort(): void {
    const reason = this.#options.signal.reason as Error;
    this.#options.reject(reason);
    this.#controller?.abort(reason);
  }

  #forgetSignal(): void {
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }
}
