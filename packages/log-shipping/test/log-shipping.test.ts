import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import winston from 'winston';
import { openLogShipping, type LogShippingOptions, type ShippingCounts } from '../src/index.js';
import { openFakeStore } from './fake-store.js';

let store: Awaited<ReturnType<typeof openFakeStore>>;
const opened: (() => Promise<void>)[] = [];

beforeEach(async () => void (store = await openFakeStore()));
afterEach(async () => {
  store.behave({});
  for (const close of opened.splice(0)) await close();
  await store.stop();
});

function open(options: Partial<LogShippingOptions> = {}) {
  const shipping = openLogShipping({
    url: store.url,
    stream: 'logs-mainstay-test',
    level: 'debug',
    flushIntervalMs: 10,
    requestTimeoutMs: 500,
    pauseMaxMs: 100,
    ...options,
  });
  const said: [string, Record<string, unknown>?][] = [];
  const say = (message: string, fields?: Record<string, unknown>) => void said.push([message, fields]);
  const observed: Record<string, number> = {};
  const counted = (outcome: string, lines: number) => void (observed[outcome] = (observed[outcome] ?? 0) + lines);
  shipping.observe({ log: { info: say, warn: say }, counted });
  const logger = winston.createLogger({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level: 'debug',
    transports: [shipping.transport],
  });
  const log = (message: string, fields: Record<string, unknown> = {}) =>
    void logger.log({ time: '2026-01-05T10:00:00.000Z', level: 'info', service: 'accounts', message, ...fields });
  let closing: Promise<void> | undefined;
  const close = () => {
    return (closing ??= new Promise((resolve) => {
      shipping.transport.once('finish', () => resolve());
      logger.end();
    }));
  };
  opened.push(close);
  return { shipping, log, close, observed, said: () => said.map(([message]) => message) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}
const droppedIn = ({ dropped }: ShippingCounts) => Object.values(dropped).reduce((sum, count) => sum + count, 0);
const messagesIn = () => store.documents().map(({ message }) => message);

describe('log shipping', () => {
  it('ships lines in order, in few requests, as the template maps them', async () => {
    const { shipping, log } = open();
    for (let line = 0; line < 700; line += 1) log(`line ${line}`, { status: line === 0 ? 'odd' : 200, port: 1 });
    await until(() => shipping.counts().shipped === 700);
    expect(messagesIn()).toEqual(Array.from({ length: 700 }, (_, line) => `line ${line}`));
    expect(store.requests.length).toBeLessThan(10);
    expect(store.requests[0]?.url).toBe('/logs-mainstay-test/_bulk');
    const [first, second] = store.documents();
    expect(first).toMatchObject({ '@timestamp': '2026-01-05T10:00:00.000Z', level: 'info', fields: { status: 'odd' } });
    expect(second).toMatchObject({ status: 200, service: 'accounts', fields: { port: 1 } });
  });

  it('keeps the stack and the causes of an error', async () => {
    const { shipping, log } = open();
    const cause = { name: 'error', message: 'denied', cause: { message: 'deeper' } };
    const error = { name: 'Error', message: 'no', code: 7, stack: 'Error: no', cause };
    log('failed', { error });
    log('odd', { error: 'only text' });
    await until(() => shipping.counts().shipped === 2);
    expect(store.documents()).toMatchObject([
      {
        error: {
          name: 'Error',
          message: 'no',
          code: '7',
          stack: 'Error: no',
          causes: 'error: denied ← deeper',
          more: { cause },
        },
      },
      { fields: { error: 'only text' } },
    ]);
  });

  it('ships only lines of the configured severity', async () => {
    const { shipping, log } = open({ level: 'error' });
    log('unheard');
    log('heard', { level: 'error' });
    await until(() => shipping.counts().shipped === 1);
    expect(messagesIn()).toEqual(['heard']);
  });

  it.each([
    [{ user: 'shipper', password: 'hunter2' }, `Basic ${Buffer.from('shipper:hunter2').toString('base64')}`],
    [{ apiKey: 'a2V5' }, 'ApiKey a2V5'],
  ])('sends the configured credentials', async (options, authorization) => {
    const { shipping, log } = open(options);
    log('one');
    await until(() => shipping.counts().shipped === 1);
    expect(store.requests[0]?.headers.authorization).toBe(authorization);
  });
});

describe('log shipping with a store that misbehaves', () => {
  it('ships every line when a store that was down at the start answers', async () => {
    await store.stop();
    const { shipping, log, said } = open();
    for (let line = 0; line < 50; line += 1) log(`line ${line}`);
    await until(() => said().length === 1);
    await store.start();
    await until(() => shipping.counts().shipped === 50);
    expect(new Set(messagesIn()).size).toBe(50);
    expect(said()).toEqual([expect.stringContaining('does not answer'), 'log store answers again']);
  });

  it('keeps the oldest lines during a long outage, counts the dropped lines, and ships later lines', async () => {
    const { shipping, log, said, observed } = open({ linesMax: 1_000, charactersMax: 100_000 });
    await store.stop();
    const line = 'x'.repeat(100);
    for (let count = 0; count < 50_000; count += 1) log(`${count} ${line}`);
    const during = shipping.counts();
    expect(during.waiting).toBeLessThanOrEqual(1_000);
    expect([during.dropped.full + during.waiting, during.shipped]).toEqual([50_000, 0]);
    await until(() => said().length === 1);
    await store.start();
    await until(() => shipping.counts().waiting === 0);
    log('after');
    await until(() => messagesIn().at(-1) === 'after' && shipping.counts().waiting === 0);
    const { shipped, dropped } = shipping.counts();
    expect(shipped + dropped.full).toBe(50_001);
    expect(observed).toMatchObject({ shipped, full: dropped.full });
    expect(messagesIn()[0]).toMatch(/^0 /);
  });

  it('sends a slow store one request at a time, and the store keeps each line once', async () => {
    store.behave({ hangs: true });
    const { shipping, log, said } = open({ requestTimeoutMs: 100 });
    log('one');
    await until(() => said().length === 1);
    log('two');
    store.behave({ cutAfterwards: true });
    await until(() => store.documents().length === 1);
    store.behave({});
    await until(() => shipping.counts().shipped === 2);
    expect(messagesIn()).toEqual(['one', 'two']);
    expect(droppedIn(shipping.counts())).toBe(0);
  });

  it.each([429, 503, 401])('sends the lines again after the reply %d, until the store accepts them', async (status) => {
    store.behave({ status });
    const { shipping, log } = open();
    log('one');
    await until(() => store.requests.length >= 3);
    expect(shipping.counts()).toMatchObject({ shipped: 0, waiting: 1 });
    store.behave({});
    await until(() => shipping.counts().shipped === 1);
  });

  it('ships the other lines of a batch once if the store refuses one line', async () => {
    let asked = 0;
    store.behave({
      itemStatus: ({ message }) => {
        if (message === 'bad') return 400;
        if (message === 'busy') return (asked += 1) < 3 ? 429 : 201;
        return 201;
      },
    });
    const { shipping, log, said } = open();
    for (const message of ['one', 'bad', 'two', 'busy', 'three']) log(message);
    await until(() => shipping.counts().waiting === 0 && shipping.counts().shipped > 0);
    expect(shipping.counts()).toMatchObject({ shipped: 4, dropped: { refused: 1 } });
    expect(messagesIn().sort()).toEqual(['busy', 'one', 'three', 'two']);
    expect(store.requests.slice(-2).map(({ documents }) => documents)).toEqual([1, 1]);
    expect(said()).toContain('log store refuses lines');
  });

  it.each([400, 413])('drops a line if a request with only this line gets the reply %d', async (status) => {
    store.behave({ status });
    const { shipping, log } = open();
    for (let line = 0; line < 4; line += 1) log(`line ${line}`);
    await until(() => shipping.counts().dropped.refused === 4);
    store.behave({});
    log('after');
    await until(() => shipping.counts().shipped === 1);
  });

  it('does not send a line that is too large', () => {
    const { shipping, log } = open();
    log('long', { text: 'x'.repeat(300_000) });
    expect(shipping.counts()).toMatchObject({ waiting: 0, dropped: { too_large: 1 } });
  });
});

describe('log shipping at the end of a process', () => {
  it('has shipped every line when the transport has finished', async () => {
    const { shipping, log, close } = open({ flushIntervalMs: 60_000 });
    log('one');
    await until(() => store.requests.length > 0);
    for (let line = 0; line < 1_500; line += 1) log(`line ${line}`);
    await close();
    expect(shipping.counts()).toMatchObject({ shipped: 1_501, waiting: 0 });
    expect(store.documents()).toHaveLength(1_501);
  });

  it('waits for a store that answers again in time', async () => {
    await store.stop();
    const { shipping, log, close, said } = open({ pauseMaxMs: 60_000 });
    log('one');
    await until(() => said().length > 0);
    const closing = close();
    await store.start();
    await closing;
    expect(shipping.counts()).toMatchObject({ shipped: 1 });
  });

  it('stops in time if the store does not answer, and counts the dropped lines', async () => {
    store.behave({ hangs: true });
    const { shipping, log, close } = open({ requestTimeoutMs: 30_000, flushTimeoutMs: 300 });
    for (let line = 0; line < 10; line += 1) log(`line ${line}`);
    await close();
    expect(shipping.counts()).toMatchObject({ waiting: 0, shipped: 0, dropped: { exit: 10 } });
  });
});
