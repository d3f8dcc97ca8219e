/**
 * Loaded before a service to make a bad build. With `errors`, some API requests get 500. With `latency`, replies of the
 * API end late. Health checks succeed with both faults. With `never-ready`, the service does not start.
 */
import { Server, ServerResponse } from 'node:http';

/** Share of bad replies, in percent. */
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

/** In some API requests, makes the cookie unreadable, so that reading the session throws. */
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

/** Delays the last byte of the reply. */
function answerLate() {
  const end = ServerResponse.prototype.end;
  ServerResponse.prototype.end = function (this: ServerResponse, ...args: any[]) {
    if (!this.req?.url?.startsWith('/v1/')) return Reflect.apply(end, this, args);
    setTimeout(() => Reflect.apply(end, this, args), LATE_MS);
    return this;
  } as typeof end;
}
