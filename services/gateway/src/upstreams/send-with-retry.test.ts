import { describe, expect, it } from '@jest/globals';
import { ConnectionFailed } from './connection-failed.js';
import { sendWithRetry } from './send-with-retry.js';
import type { Upstream } from './upstream.js';
import type { UpstreamRequest } from './upstream-request.js';

/** Sends a request to a simulated service. Each attempt takes `tookMs` on a simulated clock. */
function play(...attempts: { tookMs: number; outcome: number | Error }[]) {
  let nowMs = 0;
  let sent = 0;
  const upstream: Pick<Upstream, 'send'> = {
    send: () => {
      const { tookMs, outcome } = attempts[sent]!;
      sent += 1;
      nowMs += tookMs;
      if (outcome instanceof Error) return Promise.reject(outcome);
      return Promise.resolve({ statusCode: outcome, headers: {}, body: Buffer.alloc(0) });
    },
  };
  const prepare = () => Promise.resolve({ repeatable: true } as UpstreamRequest);
  return async () => {
    const reply = await sendWithRetry(upstream, prepare, () => nowMs);
    return { status: reply.statusCode, sent };
  };
}

describe('a second attempt', () => {
  it('is made after a 502 or 503 within a second', async () => {
    for (const status of [502, 503]) {
      expect(await play({ tookMs: 900, outcome: status }, { tookMs: 1, outcome: 200 })()).toEqual({
        status: 200,
        sent: 2,
      });
    }
  });

  it('is not made after a 503 that took longer than a second, because a retry would wait as long again', async () => {
    expect(await play({ tookMs: 1_100, outcome: 503 })()).toEqual({ status: 503, sent: 1 });
  });

  it('is made after every failed connection, because another replica may work', async () => {
    const attempts = [
      { tookMs: 5_000, outcome: new ConnectionFailed(new Error('reset')) },
      { tookMs: 1, outcome: 200 },
    ];
    expect(await play(...attempts)()).toEqual({ status: 200, sent: 2 });
  });
});
