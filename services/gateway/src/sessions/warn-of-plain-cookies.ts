import type { Log } from '@mainstay/logging';
import type { Request } from 'express';

/** Shortest time between two warnings. */
const LINE_EVERY_MS = 60_000;
const localHosts = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/** Warns about a session cookie without `Secure`. The cause is a wrong TRUST_PROXY or missing TLS. */
export function warnOfPlainCookies(log: Pick<Log, 'warn'>): (req: Request) => void {
  let toldAtMs = -Infinity;
  return (req) => {
    const saysTls = req.get('x-forwarded-proto')?.split(',', 1)[0]?.trim() === 'https';
    if ((!saysTls && localHosts.has(req.hostname)) || performance.now() - toldAtMs < LINE_EVERY_MS) return;
    toldAtMs = performance.now();
    const peer = req.socket.remoteAddress;
    if (saysTls)
      log.warn(
        'A session cookie was sent without Secure: X-Forwarded-Proto says https, but TRUST_PROXY does not name this proxy.',
        { peer },
      );
    else
      log.warn('A session cookie was sent without Secure, over plain HTTP. Put TLS in front of the gateway.', { peer });
  };
}
