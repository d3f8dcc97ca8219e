import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mainstay/platform/testing/eventually';
import { SpanKind } from '@opentelemetry/api';
import { startOtlpReceiver, type OtlpReceiver } from './otlp-receiver.js';
import { spanId, traceId, traceTo, type Traced } from './traced.js';

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.close());

function beginMany({ tracing, asRequest }: Traced, count: number): void {
  asRequest({}, () => {
    const parent = tracing.traced()!;
    for (let made = 0; made < count; made += 1) {
      tracing.begin({ name: 'work', kind: SpanKind.INTERNAL, parent, attributes: {} }).end();
    }
  });
}

describe('openTracing', () => {
  it('does not load the SDK without an endpoint', async () => {
    const program = `
      import { registerHooks } from 'node:module';
      let isLoaded = false;
      registerHooks({
        load(url, context, nextLoad) {
          isLoaded ||= url.includes('sdk-trace');
          return nextLoad(url, context);
        },
      });
      const { openTracing } = await import('@mainstay/tracing');
      const isLoadedWith = async (endpoint) => {
        const { isOn } = await openTracing({ service: 's', version: '1', instance: 'i', endpoint });
        return [isOn, isLoaded];
      };
      console.log(JSON.stringify([await isLoadedWith(''), await isLoadedWith('http://127.0.0.1:4318')]));
    `;
    const cwd = fileURLToPath(new URL('../../..', import.meta.url));
    const run = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd });
    expect(JSON.parse(run.stdout)).toEqual([
      [false, false],
      [true, true],
    ]);
  }, 120_000);

  it('sends spans as children of the current work, with the name of the service', async () => {
    const traced = await traceTo(receiver.endpoint);
    beginMany(traced, 1);
    await traced.tracing.close();
    expect(receiver.spans).toMatchObject([
      { service: 'tested', instance: 'here-1', name: 'work', traceId, parentSpanId: spanId, isError: false },
    ]);
    expect(receiver.headers['x-tenant']).toBe('a b');
    expect(traced.outcomes).toEqual({ exported: 1, failed: 0, dropped: 0 });
  });

  it('makes no span for work that is not sampled, or belongs to no request', async () => {
    const { tracing, asRequest } = await traceTo(receiver.endpoint);
    expect(asRequest({ isSampled: false }, () => tracing.traced())).toBeUndefined();
    expect(tracing.traced()).toBeUndefined();
    await tracing.close();
  });

  it('keeps a bounded number of spans if the collector does not respond', async () => {
    receiver.answer('never');
    const traced = await traceTo(receiver.endpoint);
    beginMany(traced, 10_000);
    expect(traced.outcomes.dropped).toBe(10_000 - 2_048);
    await traced.tracing.close();
    // `close` has ended, although the collector never replied.
    expect(traced.lines).toEqual(['spans were not sent before the process ended']);
  });

  it('logs once that the collector is down, and once that it accepts spans again', async () => {
    receiver.answer('refuse');
    const traced = await traceTo(receiver.endpoint);
    const settle = async (): Promise<void> => {
      const before = { ...traced.outcomes };
      beginMany(traced, 512);
      await until(() => before.exported !== traced.outcomes.exported || before.failed !== traced.outcomes.failed);
    };
    await settle();
    await settle();
    expect(traced.lines).toEqual(['spans cannot be sent to the collector']);
    receiver.answer('take');
    await settle();
    expect(traced.lines).toEqual(['spans cannot be sent to the collector', 'the collector accepts spans again']);
    expect(traced.outcomes).toEqual({ exported: 512, failed: 1_024, dropped: 0 });
    await traced.tracing.close();
  });
});
