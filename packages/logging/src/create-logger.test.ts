import { execFile } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import winston from 'winston';
import { createLogger, type LoggerOptions } from './index.js';

/** A stdout that stores the written text. */
function openOutput() {
  const chunks: string[] = [];
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const text = () => chunks.join('');
  return { output, text, lines: () => text().split('\n').filter(Boolean) };
}

function openLog(options: Partial<LoggerOptions> = {}) {
  const { output, text, lines } = openOutput();
  const log = createLogger({ service: 'accounts', version: '1.2.3', instance: 'a-1', output, ...options });
  return { log, output, text, lines, last: () => JSON.parse(lines().at(-1) ?? '{}') as Record<string, unknown> };
}

describe('createLogger', () => {
  it('writes one JSON line per call, with the standard fields first', () => {
    const { log, lines } = openLog();
    log.info('listening', { port: 3001 });
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatch(
      /^\{"time":"\d{4}-\d\d-\d\dT[\d:.]+Z","level":"info","service":"accounts","instance":"a-1","version":"1\.2\.3","message":"listening","port":3001\}$/,
    );
  });

  it('omits lines below the level, and all lines if the level is silent', () => {
    const { log, lines } = openLog({ level: 'warn' });
    log.info('unheard');
    log.debug('unheard');
    log.warn('heard');
    expect(lines()).toHaveLength(1);
    const silent = openLog({ level: 'silent' });
    silent.log.error('unheard');
    expect(silent.lines()).toEqual([]);
  });

  it("never replaces a standard field of the line by a caller's field", () => {
    const { log, last } = openLog();
    log.info('real', { message: 'forged', level: 'error', service: 'other' });
    expect(last()).toMatchObject({ message: 'real', level: 'info', service: 'accounts', message_: 'forged' });
  });

  it('writes a line with field names that have a meaning for winston', () => {
    const { log, lines, last } = openLog();
    log.info('kept', { exception: true, splat: ['%s'], stack: 'x', ms: 1 });
    expect(lines()).toHaveLength(1);
    expect(last()).toMatchObject({ message: 'kept', exception_: true, splat: ['%s'], stack: 'x', ms: 1 });
  });

  it('has written the line when the call returns, even the first line', async () => {
    const program = `
      const { createLogger } = await import('@mainstay/logging');
      createLogger({ service: 's', version: '1' }).error('exiting');
      process.exit(1);
    `;
    const cwd = fileURLToPath(new URL('../../..', import.meta.url));
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd });
    await expect(run).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('"exiting"') as unknown });
  });

  it('keeps a line on one line, whatever the text contains', () => {
    const { log, lines } = openLog();
    log.info('first\n{"level":"error","message":"forged"}', { name: 'a\r\nb' });
    expect(lines()).toHaveLength(1);
  });

  it('adds a child’s fields to its lines; a field of the call has priority', () => {
    const { log, last } = openLog();
    const child = log.child({ relay: 'outbox', batch: 1 }).child({ token: 'hunter2' });
    child.info('sent', { batch: 2 });
    expect(last()).toMatchObject({ relay: 'outbox', batch: 2, token: '[redacted]' });
  });

  it('still writes to stdout after close, which may be called twice', async () => {
    const { log, last } = openLog();
    await Promise.all([log.close(), log.close()]);
    log.error('exiting');
    expect(last()).toMatchObject({ message: 'exiting' });
  });

  it('resolves close only when slow readers have all lines', async () => {
    const written: string[] = [];
    const waiting: (() => void)[] = [];
    const output = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        waiting.push(done);
      },
    });
    const { log } = openLog({ output });
    for (let entry = 0; entry < 50; entry += 1) log.info(`entry ${entry}`);
    let isClosed = false;
    const closing = log.close().then(() => (isClosed = true));
    while (written.filter((chunk) => chunk !== '').length < 50) {
      expect(isClosed).toBe(false);
      waiting.shift()?.();
      await new Promise(setImmediate);
    }
    while (!isClosed) {
      waiting.shift()?.();
      await new Promise(setImmediate);
    }
    await closing;
    expect(written[49]).toContain('entry 49');
  });

  it('keeps at most 16 MiB for a hanging reader of stdout', () => {
    const output = new Writable({ write: () => undefined });
    const { log } = openLog({ output });
    const text = 'x'.repeat(16_000);
    for (let entry = 0; entry < 1_200; entry += 1) log.info(text);
    expect(output.writableLength).toBeGreaterThan(15 * 1024 * 1024);
    expect(output.writableLength).toBeLessThan(17 * 1024 * 1024);
  });

  it('continues after the reader of stdout has closed', async () => {
    const { log, output } = openLog();
    output.destroy(new Error('EPIPE'));
    log.info('nobody reads this');
    await log.close();
    log.info('nor this');
  });
});

describe('createLogger: other transports', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  function openTransport(deliver: (done: () => void) => void = (done) => done()) {
    const shipped: Record<string, unknown>[] = [];
    const stream = new Writable({
      objectMode: true,
      write(line: Record<string, unknown>, _encoding, done) {
        shipped.push(line);
        deliver(done);
      },
    });
    return { shipped, transport: new winston.transports.Stream({ stream }) };
  }

  it('get the finished line as an object, redacted', async () => {
    const { shipped, transport } = openTransport();
    const { log } = openLog({ transports: [transport] });
    log.info('signed in', { user: { password: 'hunter2' } });
    await log.close();
    expect(shipped).toHaveLength(1);
    expect(shipped[0]).toMatchObject({
      level: 'info',
      service: 'accounts',
      message: 'signed in',
      user: { password: '[redacted]' },
    });
  });

  it('get the lines of their level, and every line of a burst', async () => {
    const { shipped, transport } = openTransport();
    transport.level = 'warn';
    const { log, lines } = openLog({ transports: [transport] });
    for (let entry = 0; entry < 2_000; entry += 1) log.info('fine');
    for (let entry = 0; entry < 2_000; entry += 1) log.warn('less fine');
    await log.close();
    expect([lines().length, shipped.length]).toEqual([4_000, 2_000]);
  });

  it('lose no line on stdout if they fail', async () => {
    const { transport } = openTransport();
    const { log, lines } = openLog({ transports: [transport] });
    log.info('one');
    transport.emit('error', new Error('Elasticsearch is down'));
    log.info('two');
    await log.close();
    expect(lines()).toHaveLength(2);
  });

  it('do not delay stdout if they hang', async () => {
    const { shipped, transport } = openTransport(() => undefined);
    Object.assign(transport, { log: (line: Record<string, unknown>) => void shipped.push(line) });
    const { log, lines } = openLog({ transports: [transport] });
    for (let entry = 0; entry < 3_000; entry += 1) log.info('entry');
    expect(lines()).toHaveLength(3_000);
    expect(shipped).toHaveLength(1);
    await new Promise(setImmediate);
  });

  it('are awaited by close for a limited time', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const { transport } = openTransport();
    let finish = (): void => undefined;
    Object.assign(transport, { _final: (done: () => void) => (finish = done) });
    const { log } = openLog({ transports: [transport] });
    let isClosed = false;
    const closing = log.close().then(() => (isClosed = true));
    await jest.advanceTimersByTimeAsync(4_900);
    expect(isClosed).toBe(false);
    await jest.advanceTimersByTimeAsync(200);
    await closing;
    finish();
  });
});

describe('createLogger: pretty', () => {
  it('is readable in a terminal, and prints no control characters of a text', () => {
    const { log, text } = openLog({ pretty: true });
    log.error('could not \u001b[2Jstart\u0007', { error: new Error('no\u009bdisk'), port: 3001 });
    // eslint-disable-next-line no-control-regex
    const plain = text().replace(/\u001b\[\d+m/g, '');
    expect(plain).toContain('error accounts could not \\u001b[2Jstart\\u0007 error="Error: no\\u009bdisk" port=3001');
    expect(plain).toContain('\n    Error: no\\u009bdisk\n        at ');
    // eslint-disable-next-line no-control-regex
    expect(plain).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});
