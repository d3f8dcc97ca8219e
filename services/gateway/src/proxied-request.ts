import { securityHeaderList, setClientAddress, setHeaders, type Standing } from '@mainstay/hardening';
import type { IdentityIssuer } from '@mainstay/identity';
import {
  logRequest,
  openContext,
  runInContext,
  withContext,
  type Log,
  type RequestContext,
  type RequestTracer,
} from '@mainstay/logging';
import type { Metrics } from '@mainstay/metrics';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { currentSession, signedIn, type CurrentSession } from './intake/current-session.js';
import { assertExpectedSession } from './intake/expected-session.js';
import type { SessionBoundRequest, SessionBoundRequests } from './intake/session-bound-requests.js';
import type { ProxiedRoute } from './routes.js';
import type { ReadSession } from './sessions/read-session.js';
import { clientHasGone, Deadline, type Deadlines } from './upstreams/deadline.js';
import { addHopHeaders } from './upstreams/hop.js';
import { assertPassable, streamReply } from './upstreams/relay.js';
import { mergedHeaders } from './upstreams/reply-headers.js';
import { forwardableHeaders } from './upstreams/request-headers.js';
import { isRepeatedAfter, isRepeatedAfterFailure } from './upstreams/send-with-retry.js';
import type { Receiver } from './upstreams/sending.js';
import type { Upstream } from './upstreams/upstream.js';
import { discard, isStreamed, type UpstreamReply } from './upstreams/upstream-reply.js';
import { passedOnBody, targetOf, type UpstreamRequest } from './upstreams/upstream-request.js';

export interface ProxyDependencies {
  log: Log;
  times: ReturnType<Metrics['requestTimes']>;
  tracer: RequestTracer | undefined;
  readSession: ReadSession;
  countRequest: (req: Request) => Standing | Promise<Standing>;
  checkSite: (req: Request) => void;
  boundRequests: SessionBoundRequests;
  deadlines: Deadlines;
  identity: IdentityIssuer;
  requestDeadlineMs: number;
}

/** The dependencies that all requests of one route share. */
interface Way extends ProxyDependencies {
  route: ProxiedRoute;
  upstream: Upstream;
}

/** Returns the handler of a proxied route. The handler needs no middleware. */
export function proxied(deps: ProxyDependencies, route: ProxiedRoute, upstream: Upstream): RequestHandler {
  const way: Way = { ...deps, route, upstream };
  return (req, res, next) => new ProxiedRequest(way, req, res, next).begin();
}

const securityHeaders = securityHeaderList();
const proxiedRequest = Symbol('the proxied request of a reply');
type ProxiedResponse = Response & { [proxiedRequest]?: ProxiedRequest };

/** A request to a service, from its arrival to its log line. `await` always costs time, so use it only for promises. */
class ProxiedRequest implements SessionBoundRequest, Receiver {
  readonly #way: Way;
  readonly #req: Request;
  readonly #res: Response;
  readonly #next: NextFunction;
  readonly #arrivedAtMs = performance.now();
  readonly #bytesBefore: number;
  readonly #context: RequestContext & { requestId: string };
  readonly #deadline: Deadline;
  #standing: Standing | undefined;
  #request: UpstreamRequest | undefined;
  #sentAtMs = 0;
  #upstreamMs = 0;

  constructor(way: Way, req: Request, res: Response, next: NextFunction) {
    this.#way = way;
    this.#req = req;
    this.#res = res;
    this.#next = next;
    this.#bytesBefore = req.socket.bytesWritten;
    setClientAddress(req);
    this.#context = openContext(req, res, { trust: 'public', tracer: way.tracer });
    this.#deadline = new Deadline(this.#arrivedAtMs + (way.route.deadlineMs ?? way.requestDeadlineMs));
  }

  get session(): CurrentSession {
    return signedIn(this.#req);
  }

  begin(): void {
    this.#way.times.began();
    (this.#res as ProxiedResponse)[proxiedRequest] = this;
    this.#res.on('close', onClose);
    runInContext(this.#context, ProxiedRequest.#serveThis, this);
  }

  static #serveThis(this: void, request: ProxiedRequest): void {
    void request.#serve();
  }

  async #serve(): Promise<void> {
    const { readSession, countRequest, checkSite, route, boundRequests } = this.#way;
    const req = this.#req;
    try {
      const reading = readSession(req, this.#res, req.method === 'GET' || req.method === 'HEAD');
      if (reading) await reading;
      assertExpectedSession(req);
      const counting = countRequest(req);
      this.#standing = counting instanceof Promise ? await counting : counting;
      if (this.#standing.refusal) throw this.#standing.refusal;
      checkSite(req);
      if (route.access === 'session') signedIn(req);
      if (this.#res.closed) return;
      this.#way.deadlines.start(this.#deadline);
      // From now on, a revocation of the session ends this request.
      if (currentSession(req)) boundRequests.watch(this);
      await this.#send();
    } catch (error) {
      this.#refuse(error);
    }
  }

  async #send(isRepeat = false): Promise<void> {
    const { route, upstream, identity } = this.#way;
    const req = this.#req;
    const session = currentSession(req);
    const issued = identity.issue({ audience: upstream.name, userId: session?.userId, sessionId: session?.id });
    const token = typeof issued === 'string' ? issued : await issued;
    const method = req.method as UpstreamRequest['method'];
    const headers = forwardableHeaders(req.rawHeaders, req.headers.connection);
    // Add the gateway's headers after the filter, so that the client's `Connection` header cannot remove them.
    addHopHeaders(headers, req, { token, remainingMs: this.#deadline.remainingMs(), context: this.#context });
    const isKeyed = route.keyed === true && method === 'POST' && Boolean(req.headers['idempotency-key']);
    this.#request = {
      method,
      path: targetOf(req),
      template: route.path,
      headers,
      traceparent: this.#context.traceparent,
      body: this.#request ? this.#request.body : passedOnBody(req),
      deadline: this.#deadline,
      repeatable: isKeyed || method === 'GET' || method === 'HEAD',
      isRepeat,
      rationed: route.rationed === true,
    };
    this.#sentAtMs = performance.now();
    upstream.begin(this.#request, this);
  }

  replied(reply: UpstreamReply): void {
    const tookMs = this.#noteUpstreamTime();
    if (this.#mayRepeat() && isRepeatedAfter(this.#request!, reply.statusCode, tookMs)) {
      discard(reply);
      return this.#sendAgain();
    }
    this.#way.deadlines.lift(this.#deadline);
    try {
      assertPassable(reply);
    } catch (error) {
      return this.#refuse(error);
    }
    this.#res.writeHead(reply.statusCode, mergedHeaders(reply.headers, this.#ownHeaders()));
    if (isStreamed(reply)) void streamReply(reply, this.#res);
    else this.#res.end(reply.body);
  }

  failed(error: unknown): void {
    this.#noteUpstreamTime();
    if (this.#mayRepeat() && isRepeatedAfterFailure(this.#request!, error)) this.#sendAgain();
    else this.#refuse(error);
  }

  #mayRepeat(): boolean {
    return this.#request?.isRepeat === false && !this.#deadline.reason;
  }

  #sendAgain(): void {
    withContext(this.#context, () => {
      this.#send(true).catch((error: unknown) => this.#refuse(error));
    });
  }

  #noteUpstreamTime(): number {
    const tookMs = performance.now() - this.#sentAtMs;
    this.#upstreamMs += tookMs;
    return tookMs;
  }

  #refuse(error: unknown): void {
    this.#way.deadlines.lift(this.#deadline);
    if (!this.#res.headersSent) setHeaders(this.#res, this.#ownHeaders());
    withContext(this.#context, () => this.#next(error));
  }

  #ownHeaders(): string[] {
    const headers = ['x-request-id', this.#context.requestId, 'cache-control', 'no-store'];
    if (this.#standing) headers.push('ratelimit', this.#standing.rateLimit, 'ratelimit-policy', this.#standing.policy);
    return headers.concat(this.#req.secure ? securityHeaders.overTls : securityHeaders.inTheClear);
  }

  end(reason: Error): void {
    this.#deadline.end(reason);
  }

  /** Logs the request and releases its resources. Runs once, when the response has closed for any reason. */
  close(): void {
    const { log, times, deadlines, boundRequests, route } = this.#way;
    const { method, socket } = this.#req;
    const res = this.#res;
    deadlines.lift(this.#deadline);
    boundRequests.forget(this);
    if (!res.writableFinished) this.end(clientHasGone());
    const durationMs = performance.now() - this.#arrivedAtMs;
    times.ended(method, route.path, res.headersSent ? res.statusCode : undefined, durationMs);
    logRequest(log, this.#context, {
      method,
      route: route.path,
      status: res.statusCode,
      aborted: !res.writableFinished,
      durationMs,
      bytes: socket.bytesWritten - this.#bytesBefore,
      upstreamMs: this.#upstreamMs,
    });
  }
}

/** All responses share this listener, so that no request needs its own closure. */
function onClose(this: ProxiedResponse): void {
  this[proxiedRequest]?.close();
}
