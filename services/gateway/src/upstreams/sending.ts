import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { AppError } from '@mainstay/errors';
import type { Semaphore } from '@mainstay/hardening';
import { identityRefusalOf } from '@mainstay/identity';
import { currentContext, withContext } from '@mainstay/logging';
import { traceHop, type TracedHop, type Tracing } from '@mainstay/tracing';
import type { Dispatcher } from 'undici';
import type { Addresses } from './addresses.js';
import { assertKnown } from './assert-known.js';
import type { Attempt, Breaker } from './breaker.js';
import { ConnectionFailed, failureOf, neverConnected } from './connection-failed.js';
import type { Replica, Replicas } from './replicas.js';
import type { AttemptOutcome, ShownUpstream } from './upstream-metrics.js';
import { isStreamed, whenReceived, type UpstreamReply } from './upstream-reply.js';
import type { UpstreamRequest } from './upstream-request.js';

/** Receives the outcome of a request to a service. Exactly one of the two methods is called, once. */
export interface Receiver {
  /** A small response has arrived completely, or a larger response has begun. */
  replied(reply: UpstreamReply): void;
  failed(error: unknown): void;
}

/** The objects that all requests to one service share. */
export interface SendingParts {
  name: string;
  url: URL;
  addresses: Addresses;
  replicas: Replicas;
  bulkhead: Semaphore;
  rationedBulkhead: Semaphore;
  shown: ShownUpstream;
  tracing: Tracing;
}

type Controller = Dispatcher.DispatchController;

/** The gateway reads smaller responses completely, so that it can retry the request if the body breaks off. */
const SMALL_BYTES_MAX = 64 * 1024;
/** A timeout counts for the breaker only if the service had at least this time to respond. */
const JUDGED_MS_MIN = 250;
const AWAY = 'The service behind this path is failing and is tried again within a second.';
const noReplicas: readonly Replica[] = [];

/**
 * Sends one request: waits while too many requests run, picks a replica, dispatches, and reports the outcome to the
 * breaker. If a connection cannot be opened, tries the next replica.
 */
export class Sending implements Dispatcher.DispatchHandler {
  readonly #parts: SendingParts;
  readonly #request: UpstreamRequest;
  readonly #receiver: Receiver;
  /** The context of the request. It is stored, because events of a socket run outside the context. */
  readonly #context = currentContext();
  /** Undefined for a live feed, because SessionBoundRequests limits the number of feeds. */
  readonly #places: Semaphore | undefined;
  #tried = noReplicas;
  #failure: ConnectionFailed | undefined;
  #replica: Replica | undefined;
  #stateBefore: Breaker['state'] = 'closed';
  /** Undefined if the outcome must not count for the breaker. */
  #judged: Attempt | undefined;
  #hop: TracedHop | undefined;
  #begunMs = 0;
  #controller: Controller | undefined;
  #statusCode = 0;
  #headers: IncomingHttpHeaders = {};
  #chunk: Buffer | undefined;
  /** All chunks, if the body has more than one. */
  #chunks: Buffer[] | undefined;
  #stream: Readable | undefined;
  #isSettled = false;

  constructor(parts: SendingParts, request: UpstreamRequest, receiver: Receiver) {
    this.#parts = parts;
    this.#request = request;
    this.#receiver = receiver;
    if (!request.feed) this.#places = request.rationed ? parts.rationedBulkhead : parts.bulkhead;
  }

  /** Never throws, because the receiver gets every outcome. */
  start(): void {
    if (this.#request.isRepeat) this.#parts.shown.retried();
    if (!this.#places || this.#places.tryEnter()) this.#pick();
    else void this.#waitForPlace(this.#places);
  }

  async #waitForPlace(places: Semaphore): Promise<void> {
    const { deadline } = this.#request;
    try {
      await places.enter({ signal: deadline.signal });
    } catch (error) {
      return this.#receiver.failed(deadline.reason ?? this.#parts.shown.refused('busy', error as AppError));
    }
    this.#pick();
  }

  #pick(): void {
    const { repeatable } = this.#request;
    const rationed = isUnjudged(this.#request);
    const picked = this.#parts.replicas.pick({ repeatable, rationed, not: this.#tried });
    if (!(picked instanceof Promise)) return this.#dispatchTo(picked);
    picked.then(
      (replica) => this.#dispatchTo(replica),
      (error: unknown) => this.#giveUp(new ConnectionFailed(error)),
    );
  }

  #dispatchTo(replica: Replica | undefined): void {
    const { shown, tracing, url } = this.#parts;
    const { method, path, template, body, deadline, feed } = this.#request;
    if (!replica) {
      const away = () => shown.refused('open', new AppError('unavailable', AWAY, { retryAfterS: 1 }));
      return this.#giveUp(this.#failure ?? away());
    }
    this.#replica = replica;
    this.#tried = [...this.#tried, replica];
    this.#stateBefore = replica.breaker.state;
    this.#judged = isUnjudged(this.#request) ? undefined : replica.breaker.begin();
    this.#hop = traceHop(tracing, { method, path, template, url, address: replica.address });
    replica.load += 1;
    this.#begunMs = performance.now();
    if (deadline.reason) return this.#failed(deadline.reason);
    deadline.attempt = this;
    const traceparent = this.#hop?.traceparent ?? this.#request.traceparent;
    const headers = traceparent === undefined ? this.#request.headers : withTrace(this.#request.headers, traceparent);
    try {
      (feed ? replica.feeds : replica.requests).dispatch({ method, path, headers, body }, this);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Ends the request. The call has no effect after the last byte of the response. */
  abort(reason: Error): void {
    this.#controller?.abort(reason);
    if (this.#stream) this.#stream.destroy(reason);
    else this.#failed(reason);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    const { reason } = this.#request.deadline;
    if (reason) controller.abort(reason);
  }

  onResponseStart(controller: Controller, statusCode: number, headers: IncomingHttpHeaders): void {
    if (statusCode < 200) return;
    this.#statusCode = statusCode;
    this.#headers = headers;
    const isSmall = Number(headers['content-length'] ?? Infinity) <= SMALL_BYTES_MAX;
    if (isSmall || this.#request.method === 'HEAD') return;
    this.#stream = new Readable({
      read: () => controller.resume(),
      destroy(error, done) {
        if (!this.readableEnded) controller.abort(error ?? new Error('the receiver has stopped reading the response'));
        // Wait until the receiver has added its listener, because an error without a listener would end the process.
        setImmediate(done, error);
      },
    });
    this.#replied(this.#stream);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#stream) {
      if (!this.#stream.push(chunk)) controller.pause();
    } else if (!this.#chunk) this.#chunk = chunk;
    else (this.#chunks ??= [this.#chunk]).push(chunk);
  }

  onResponseEnd(): void {
    this.#request.deadline.attempt = undefined;
    if (this.#stream) this.#stream.push(null);
    else this.#replied(this.#chunks ? Buffer.concat(this.#chunks) : (this.#chunk ?? Buffer.alloc(0)));
  }

  onResponseError(_controller: Controller, error: Error): void {
    if (this.#stream) this.#stream.destroy(error);
    else this.#failed(error);
  }

  #replied(body: Buffer | Readable): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const { shown, name } = this.#parts;
    const reply: UpstreamReply = { statusCode: this.#statusCode, headers: this.#headers, body };
    this.#hop?.replied(reply.statusCode);
    shown.attempted(classOf(reply.statusCode), performance.now() - this.#begunMs);
    if (isStreamed(reply)) whenReceived(reply, () => this.#release());
    else this.#release();
    if (failing.has(reply.statusCode)) this.#judged?.failed();
    else this.#judged?.succeeded();
    shown.changed(this.#replica!, this.#stateBefore);
    if (identityRefusalOf(reply.headers) === undefined) return this.#receiver.replied(reply);
    assertKnown(name, reply, shown).catch((error: unknown) => this.#receiver.failed(error));
  }

  #failed(error: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const { shown, addresses } = this.#parts;
    const { deadline } = this.#request;
    deadline.attempt = undefined;
    const replica = this.#replica!;
    const failure = failureOf(error, deadline);
    const tookMs = performance.now() - this.#begunMs;
    replica.load -= 1;
    shown.attempted(lackOf(failure), tookMs);
    // The span shows an error only if the service failed, not if the client disconnected or sent an invalid request.
    if (failure instanceof AppError && failure.status >= 500) this.#hop?.failed(failure.cause ?? failure);
    this.#hop?.end();
    judgeFailure(this.#judged, failure, tookMs);
    shown.changed(replica, this.#stateBefore);
    if (!(failure instanceof ConnectionFailed)) return this.#giveUp(failure);
    addresses.doubt();
    if (!neverConnected(failure.cause)) return this.#giveUp(failure);
    this.#failure = failure;
    this.#isSettled = false;
    withContext(this.#context, () => this.#pick());
  }

  #giveUp(error: unknown): void {
    this.#places?.leave();
    this.#receiver.failed(error);
  }

  /** Runs when the connection of the response is free or closed. */
  #release(): void {
    this.#replica!.load -= 1;
    this.#request.deadline.attempt = undefined;
    this.#hop?.end();
    this.#places?.leave();
  }
}

/** With these statuses, the service probably cannot respond to any caller. */
const failing = new Set([502, 503, 504]);

const isUnjudged = ({ rationed = false, unjudged = false }: UpstreamRequest): boolean => rationed || unjudged;

const withTrace = (headers: string[], traceparent: string): string[] => [...headers, 'traceparent', traceparent];

const classOf = (statusCode: number) => `${Math.floor(statusCode / 100)}xx` as AttemptOutcome;

/** The reason why there is no response. `abandoned`: the client disconnected, or its request was invalid. */
function lackOf(failure: unknown): AttemptOutcome {
  if (failure instanceof ConnectionFailed) return 'connection_failed';
  return failure instanceof AppError && failure.code === 'deadline_exceeded' ? 'deadline_exceeded' : 'abandoned';
}

function judgeFailure(attempt: Attempt | undefined, failure: unknown, tookMs: number): void {
  const hasRunOut = failure instanceof AppError && failure.code === 'deadline_exceeded';
  if (failure instanceof ConnectionFailed) attempt?.failed();
  else if (hasRunOut && tookMs >= JUDGED_MS_MIN) attempt?.failed({ waited: true });
  else attempt?.abandoned();
}
