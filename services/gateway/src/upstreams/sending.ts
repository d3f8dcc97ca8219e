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
import type { Attempt } from './breaker.js';
import { ConnectionFailed, failureOf, neverConnected } from './connection-failed.js';
import type { Replica, Replicas } from './replicas.js';
import type { AttemptOutcome, ShownUpstream } from './upstream-metrics.js';
import { isStreamed, whenReceived, type UpstreamReply } from './upstream-reply.js';
import type { UpstreamRequest } from './upstream-request.js';

/** Receives the outcome of a request to a service. Exactly one of the two methods is called, once. */
export interface Receiver {
  /** A small response has arrived completely, or any other response has begun. */
  replied(reply: UpstreamReply): void;
  failed(error: unknown): void;
}

/** All requests to one service share these objects. */
export interface SendingDependencies {
  name: string;
  url: URL;
  addresses: Addresses;
  replicas: Replicas;
  /** A bulkhead limits concurrent requests: a request enters before it is sent, and leaves when it has ended. */
  bulkhead: Semaphore;
  rationedBulkhead: Semaphore;
  report: ShownUpstream;
  tracing: Tracing;
}

type Controller = Dispatcher.DispatchController;

/**
 * A body with at most this Content-Length is read completely before the client gets the response. Until then, the
 * gateway can retry.
 */
const SMALL_BYTES_MAX = 64 * 1024;
/** A timeout changes the circuit breaker only if the service had at least this time to respond. */
const JUDGED_MS_MIN = 250;
const AWAY = 'The service behind this path is failing and is tried again within a second.';
const noReplicas: readonly Replica[] = [];

/**
 * Sends one request to a service:
 * 1. enters the bulkhead
 * 2. picks a replica, and sends the request
 * 3. picks the next replica if the connection cannot be opened
 * 4. reports the outcome to the replica's circuit breaker and to the receiver
 */
export class Sending implements Dispatcher.DispatchHandler {
  readonly #shared: SendingDependencies;
  readonly #request: UpstreamRequest;
  readonly #receiver: Receiver;
  /** Socket events run outside the context of the request, so the context is stored here. */
  readonly #context = currentContext();
  /** Undefined for a live feed, because SessionBoundRequests limits the number of feeds. */
  readonly #bulkhead: Semaphore | undefined;
  #tried = noReplicas;
  #connectFailure: ConnectionFailed | undefined;
  #replica: Replica | undefined;
  /** Undefined if the outcome must not change the breaker. */
  #breakerAttempt: Attempt | undefined;
  #span: TracedHop | undefined;
  #begunMs = 0;
  #controller: Controller | undefined;
  #statusCode = 0;
  #headers: IncomingHttpHeaders = {};
  #firstChunk: Buffer | undefined;
  #allChunks: Buffer[] | undefined;
  #stream: Readable | undefined;
  #isSettled = false;

  constructor(shared: SendingDependencies, request: UpstreamRequest, receiver: Receiver) {
    this.#shared = shared;
    this.#request = request;
    this.#receiver = receiver;
    if (!request.feed) this.#bulkhead = request.rationed ? shared.rationedBulkhead : shared.bulkhead;
  }

  /** Never throws. The receiver gets every error. */
  start(): void {
    if (this.#request.isRepeat) this.#shared.report.retried();
    if (!this.#bulkhead || this.#bulkhead.tryEnter()) this.#pick();
    else void this.#waitFor(this.#bulkhead);
  }

  async #waitFor(bulkhead: Semaphore): Promise<void> {
    const { deadline } = this.#request;
    try {
      await bulkhead.enter({ signal: deadline.signal });
    } catch (error) {
      return this.#receiver.failed(deadline.reason ?? this.#shared.report.refused('busy', error as AppError));
    }
    this.#pick();
  }

  #pick(): void {
    const { repeatable } = this.#request;
    const rationed = isUnjudged(this.#request);
    const picked = this.#shared.replicas.pick({ repeatable, rationed, not: this.#tried });
    if (!(picked instanceof Promise)) return this.#dispatchTo(picked);
    picked.then(
      (replica) => this.#dispatchTo(replica),
      (error: unknown) => this.#giveUp(new ConnectionFailed(error)),
    );
  }

  #dispatchTo(replica: Replica | undefined): void {
    const { report, tracing, url } = this.#shared;
    const { method, path, template, body, deadline, feed } = this.#request;
    if (!replica) {
      const away = () => report.refused('open', new AppError('unavailable', AWAY, { retryAfterS: 1 }));
      return this.#giveUp(this.#connectFailure ?? away());
    }
    this.#replica = replica;
    this.#tried = [...this.#tried, replica];
    this.#breakerAttempt = isUnjudged(this.#request) ? undefined : replica.breaker.begin();
    this.#span = traceHop(tracing, { method, path, template, url, address: replica.address });
    replica.load += 1;
    this.#begunMs = performance.now();
    if (deadline.reason) return this.#failed(deadline.reason);
    deadline.attempt = this;
    const traceparent = this.#span?.traceparent ?? this.#request.traceparent;
    const headers = traceparent === undefined ? this.#request.headers : withTrace(this.#request.headers, traceparent);
    try {
      (feed ? replica.feeds : replica.requests).dispatch({ method, path, headers, body }, this);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Ends the request, unless the response is already complete. */
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
        // An error without a listener would end the process, so wait until the receiver has added its listener.
        setImmediate(done, error);
      },
    });
    this.#replied(this.#stream);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#stream) {
      if (!this.#stream.push(chunk)) controller.pause();
    } else if (!this.#firstChunk) this.#firstChunk = chunk;
    else (this.#allChunks ??= [this.#firstChunk]).push(chunk);
  }

  onResponseEnd(): void {
    this.#request.deadline.attempt = undefined;
    if (this.#stream) this.#stream.push(null);
    else this.#replied(this.#allChunks ? Buffer.concat(this.#allChunks) : (this.#firstChunk ?? Buffer.alloc(0)));
  }

  onResponseError(_controller: Controller, error: Error): void {
    if (this.#stream) this.#stream.destroy(error);
    else this.#failed(error);
  }

  #replied(body: Buffer | Readable): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const { report, name } = this.#shared;
    const reply: UpstreamReply = { statusCode: this.#statusCode, headers: this.#headers, body };
    this.#span?.replied(reply.statusCode);
    report.attempted(classOf(reply.statusCode), performance.now() - this.#begunMs);
    if (isStreamed(reply)) whenReceived(reply, () => this.#release());
    else this.#release();
    this.#judge((attempt) => (breakerFailures.has(reply.statusCode) ? attempt.failed() : attempt.succeeded()));
    if (identityRefusalOf(reply.headers) === undefined) return this.#receiver.replied(reply);
    assertKnown(name, reply, report).catch((error: unknown) => this.#receiver.failed(error));
  }

  #failed(error: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const { report, addresses } = this.#shared;
    const { deadline } = this.#request;
    deadline.attempt = undefined;
    const replica = this.#replica!;
    const failure = failureOf(error, deadline);
    const tookMs = performance.now() - this.#begunMs;
    replica.load -= 1;
    report.attempted(outcomeWithoutResponse(failure), tookMs);
    // If the client disconnected or sent an invalid request, the service did not fail, so the span shows no error.
    if (failure instanceof AppError && failure.status >= 500) this.#span?.failed(failure.cause ?? failure);
    this.#span?.end();
    this.#judge((attempt) => judgeFailure(attempt, failure, tookMs));
    if (!(failure instanceof ConnectionFailed)) return this.#giveUp(failure);
    addresses.doubt();
    if (!neverConnected(failure.cause)) return this.#giveUp(failure);
    this.#connectFailure = failure;
    this.#isSettled = false;
    withContext(this.#context, () => this.#pick());
  }

  /**
   * Reports the outcome to the breaker. Concurrent requests share the breaker, so this method reads the state directly
   * before the outcome. Then only the request that changes the state writes a log line.
   */
  #judge(report: (attempt: Attempt) => void): void {
    if (!this.#breakerAttempt) return;
    const replica = this.#replica!;
    const before = replica.breaker.state;
    report(this.#breakerAttempt);
    this.#shared.report.changed(replica, before);
  }

  #giveUp(error: unknown): void {
    this.#bulkhead?.leave();
    this.#receiver.failed(error);
  }

  /** Runs when the connection to the service is free or closed. */
  #release(): void {
    this.#replica!.load -= 1;
    this.#request.deadline.attempt = undefined;
    this.#span?.end();
    this.#bulkhead?.leave();
  }
}

/** With these statuses, the service probably cannot respond to any caller, so the breaker counts a failure. */
const breakerFailures = new Set([502, 503, 504]);

const isUnjudged = ({ rationed = false, unjudged = false }: UpstreamRequest): boolean => rationed || unjudged;

const withTrace = (headers: string[], traceparent: string): string[] => [...headers, 'traceparent', traceparent];

const classOf = (statusCode: number) => `${Math.floor(statusCode / 100)}xx` as AttemptOutcome;

/** `abandoned`: for example, the client disconnected, or its request was invalid. */
function outcomeWithoutResponse(failure: unknown): AttemptOutcome {
  if (failure instanceof ConnectionFailed) return 'connection_failed';
  return failure instanceof AppError && failure.code === 'deadline_exceeded' ? 'deadline_exceeded' : 'abandoned';
}

function judgeFailure(attempt: Attempt, failure: unknown, tookMs: number): void {
  const hasTimedOut = failure instanceof AppError && failure.code === 'deadline_exceeded';
  if (failure instanceof ConnectionFailed) attempt.failed();
  else if (hasTimedOut && tookMs >= JUDGED_MS_MIN) attempt.failed({ timedOut: true });
  else attempt.abandoned();
}
