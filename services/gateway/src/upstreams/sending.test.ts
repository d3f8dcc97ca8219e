import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { createSemaphore } from '@mainstay/hardening';
import { createMetrics } from '@mainstay/metrics';
import { noTracing } from '@mainstay/tracing';
import type { Dispatcher } from 'undici';
import { createBreaker } from './breaker.js';
import { Deadline } from './deadline.js';
import type { Replica, Replicas } from './replicas.js';
import { Sending } from './sending.js';
import { showUpstream } from './upstream-metrics.js';
import { overloaded } from './upstream.js';

const metrics = createMetrics({ service: 'gateway', version: 'test' });
afterAll(() => metrics.close());

/** Sends requests to a simulated replica. The test decides when and how each request ends. */
function play() {
  const clock = { nowMs: 0 };
  const log = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
  const sent: Dispatcher.DispatchHandler[] = [];
  const pool = { dispatch: (_options: unknown, handler: Dispatcher.DispatchHandler) => sent.push(handler) > 0 };
  const replica = {
    address: '127.0.0.1',
    breaker: createBreaker({ failuresMax: 1, openMs: 1_000, nowMs: () => clock.nowMs }),
    requests: pool,
    feeds: pool,
    load: 0,
  } as unknown as Replica;
  const replicas: Replicas = { pick: () => replica, all: () => [replica], close: () => Promise.resolve() };
  const bulkhead = createSemaphore({ placesMax: 10, waitingMax: 0, busy: overloaded });
  const report = showUpstream({ name: 'activity', log, metrics }, { replicas, bulkheads: [bulkhead] });
  const shared = {
    name: 'activity',
    url: new URL('http://127.0.0.1:3002'),
    addresses: { current: () => ['127.0.0.1'], doubt: () => undefined },
    replicas,
    bulkhead,
    rationedBulkhead: bulkhead,
    report,
    tracing: noTracing,
  };
  const controller = { abort: () => undefined } as unknown as Dispatcher.DispatchController;

  /** Starts a request, and returns functions that end the request. */
  function send({ unjudged = false } = {}) {
    const request = {
      method: 'GET' as const,
      path: '/',
      headers: [],
      body: null,
      deadline: new Deadline(Infinity),
      repeatable: false,
      unjudged,
    };
    new Sending(shared, request, { replied: () => undefined, failed: () => undefined }).start();
    const handler = sent.at(-1)!;
    return {
      fail: () => handler.onResponseError?.(controller, new Error('reset')),
      succeed() {
        handler.onResponseStart?.(controller, 200, { 'content-length': '0' }, 'OK');
        handler.onResponseEnd?.(controller, {});
      },
    };
  }
  return { clock, log, send };
}

describe('the log', () => {
  it('reports each change of a breaker once, however many requests end afterwards', () => {
    const { clock, log, send } = play();
    const [first, second, third, unjudged] = [send(), send(), send(), send({ unjudged: true })];
    clock.nowMs = 2_000;
    first.fail();
    second.fail();
    third.succeed();
    unjudged.succeed();
    const about = { upstream: 'activity', address: '127.0.0.1' };
    expect(log.warn.mock.calls).toEqual([['upstream does not answer: its breaker is open', about]]);
    expect(log.info).not.toHaveBeenCalled();

    clock.nowMs = 60_000;
    const probes = [send(), send()];
    for (const probe of probes) probe.succeed();
    expect(log.info.mock.calls).toEqual([['upstream answers again', about]]);
    expect(log.warn).toHaveBeenCalledTimes(1);
  });
});
