/**
 * Loaded before a service, makes it a bad build: `errors` answers some requests with 500 before anything is done with them, `latency` ends replies late,
 * `never-ready` does nothing at all. Health checks and metrics are as ever, so that only what clients see tells.
 */
import { Server, ServerResponse } from 'node:http';

/** Of a hundred requests. */
const BAD = 30;
const LATE_MS = 900;

const fault = process.env.INJECTED_FAULT;
if (fault === 'never-ready') {
  setInterval(() => undefined, 60_000);
  await new Promise(() => undefined);
} else if (fault === 'errors') {
  failSome();
} else if (fault === 'latency') {
  answerLate();
} else {
  throw new Error(`INJECTED_FAULT is errors, latency or never-ready, but was "${fault}"`);
}

/** A header that cannot be read: the request gets as far as its session, behind logs and metrics, and ends as any unforeseen error does. */
function failSome() {
  const emit = Server.prototype.emit;
  Server.prototype.emit = function (this: Server, event: string, ...args: any[]) {
    const [req] = args;
    if (event === 'request' && req.url.startsWith('/v1/') && Math.random() * 100 < BAD) {
      Object.defineProperty(req.headers, 'cookie', {
        get: () => {
          throw new Error('injected: this build is bad on purpose');
        },
      });
    }
    return Reflect.apply(emit, this, [event, ...args]);
  };
}

/** The reply's last byte waits. */
function answerLate() {
  const end = ServerResponse.prototype.end;
  ServerResponse.prototype.end = function (this: ServerResponse, ...args: any[]) {
    if (!this.req?.url?.startsWith('/v1/')) return Reflect.apply(end, this, args);
    setTimeout(() => Reflect.apply(end, this, args), LATE_MS);
    return this;
  } as typeof end;
}
