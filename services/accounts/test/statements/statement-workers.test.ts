import { Writable, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  startStatementWorkers,
  type FinishedStatement,
  type StatementWorkers,
  type StatementWorkersOptions,
} from '../../src/statements/statement-workers.js';
import type { StatementFormat } from '../../src/statements/statement.js';
import { readPdf } from './read-pdf.js';
import { sampleEntries, sampleStatement, type CountedEntries } from './statement-samples.js';

const faultyWorker = fileURLToPath(new URL('./faulty-worker.mjs', import.meta.url));
const never = new AbortController().signal;
const started: StatementWorkers[] = [];

function start(options: Partial<StatementWorkersOptions> = {}): StatementWorkers {
  const workers = startStatementWorkers({ threads: 1, queueMax: 1, ...options });
  started.push(workers);
  return workers;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((workers) => workers.close()));
});

function render(
  workers: StatementWorkers,
  entries: CountedEntries,
  {
    holder = 'Ada',
    format = 'csv',
    owner = 'somebody',
    signal = never,
  }: { holder?: string; format?: StatementFormat; owner?: string; signal?: AbortSignal } = {},
): Promise<Readable> {
  return workers.render(sampleStatement(entries, { holder }), format, { owner, signal });
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  return Buffer.concat((await stream.toArray()) as Buffer[]);
}

/** Rejects with the error that destroys the stream, and never reads from the stream. */
function errorOfUnread(stream: Readable): Promise<never> {
  return new Promise((_resolve, reject) => stream.once('error', reject));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(5);
}

describe('a statement', () => {
  it('arrives completely, as CSV and as PDF', async () => {
    const finished: FinishedStatement[] = [];
    const workers = start({ onFinished: (job) => finished.push(job) });
    const csv = (await bytesOf(await render(workers, sampleEntries(2500)))).toString().split('\r\n');
    expect(csv).toHaveLength(1 + 2500 + 1);
    expect(csv[2500]).toContain(',0.01,EUR,25.00');

    const pdf = await bytesOf(await render(workers, sampleEntries(100), { format: 'pdf' }));
    expect(readPdf(pdf).pages[0]).toContain('EUR 1.00');
    await until(() => finished.length === 2);
    expect(finished).toMatchObject([
      { format: 'csv', outcome: 'completed' },
      { format: 'pdf', outcome: 'completed' },
    ]);
  });

  it('of 100,000 entries keeps fewer than 5,000 of them in memory', async () => {
    const entries = sampleEntries(100_000);
    let rows = 0;
    let heldMax = 0;
    const slowReader = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        heldMax = Math.max(heldMax, entries.pulled - rows);
        rows += chunk.toString('latin1').split('\r\n').length - 1;
        void setTimeout(rows < 20_000 ? 10 : 0).then(() => done());
      },
    });
    await pipeline(await render(start(), entries), slowReader);
    expect(rows).toBe(100_001);
    expect(heldMax).toBeLessThan(5_000);
  });

  it('stops reading entries while the reader does not read, and times out', async () => {
    const workers = start({ stallTimeoutMs: 2_000 });
    const entries = sampleEntries(1_000_000);
    const stream = await render(workers, entries);
    await expect(errorOfUnread(stream)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(entries.pulled).toBeLessThan(5_000);
    await until(() => entries.ended && workers.running === 0);
  });
});

describe('a client that disconnects', () => {
  it('frees the worker and stops the reading of entries', async () => {
    const workers = start();
    const client = new AbortController();
    const entries = sampleEntries(1_000_000);
    const stream = await render(workers, entries, { signal: client.signal });
    client.abort(new Error('client left'));
    await expect(bytesOf(stream)).rejects.toThrow('client left');
    await until(() => entries.ended && workers.running === 0);
    expect((await bytesOf(await render(workers, sampleEntries(1)))).length).toBeGreaterThan(0);
  });

  it('frees the worker if the stream is destroyed', async () => {
    const finished: FinishedStatement[] = [];
    const workers = start({ onFinished: (job) => finished.push(job) });
    const entries = sampleEntries(1_000_000);
    (await render(workers, entries, { format: 'pdf' })).destroy();
    await until(() => entries.ended && workers.running === 0);
    expect(finished).toMatchObject([{ format: 'pdf', outcome: 'aborted' }]);
  });

  it('is removed from the queue, and its entries are never read', async () => {
    const workers = start();
    const first = await render(workers, sampleEntries(1_000_000));
    const client = new AbortController();
    const entries = sampleEntries(10);
    const second = render(workers, entries, { signal: client.signal });
    await until(() => workers.queued === 1);
    client.abort(new Error('client left'));
    await expect(second).rejects.toThrow('client left');
    expect([workers.queued, entries.pulled]).toEqual([0, 0]);
    first.destroy();
  });

  it('terminates a thread that does not stop, and the next statement gets a new thread', async () => {
    const workers = start({ workerFile: faultyWorker, killAfterMs: 50 });
    const client = new AbortController();
    const spinning = render(workers, sampleEntries(1), { holder: 'spins', signal: client.signal });
    client.abort(new Error('client left'));
    await expect(spinning).rejects.toThrow('client left');
    expect((await bytesOf(await render(workers, sampleEntries(1)))).length).toBeGreaterThan(0);
  });
});

describe('a reader that reads very slowly', () => {
  it('is cut off even if it reads regularly, so that the thread is free for other statements', async () => {
    const workers = start({ stallTimeoutMs: 2_000, readBytesPerSMin: 10_000_000 });
    const stream = await render(workers, sampleEntries(1_000_000));
    const dripping = setInterval(() => void stream.read(1_000), 20);
    await expect(errorOfUnread(stream)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    clearInterval(dripping);
    await until(() => workers.running === 0);
  });
});

describe('too many statements', () => {
  it('are refused with unavailable and Retry-After', async () => {
    const workers = start({ retryAfterS: 7 });
    const first = await render(workers, sampleEntries(1_000_000));
    const second = render(workers, sampleEntries(1));
    await expect(render(workers, sampleEntries(1), { owner: 'somebody else' })).rejects.toMatchObject({
      code: 'unavailable',
      headers: { 'retry-after': '7' },
    });
    first.destroy();
    await bytesOf(await second);
  });

  it('of one user are refused with rate_limited, while another user gets a statement', async () => {
    const workers = start({ queueMax: 5 });
    const first = await render(workers, sampleEntries(1_000_000));
    const second = render(workers, sampleEntries(1));
    const refusal = { code: 'rate_limited', headers: { 'retry-after': '5' } };
    await expect(render(workers, sampleEntries(1))).rejects.toMatchObject(refusal);
    const other = render(workers, sampleEntries(1), { owner: 'somebody else' });
    first.destroy();
    await Promise.all([second, other].map(async (stream) => bytesOf(await stream)));
    await bytesOf(await render(workers, sampleEntries(1)));
  });
});

describe('a failure', () => {
  it('of the store before the first bytes rejects the request', async () => {
    const workers = start();
    await expect(render(workers, sampleEntries(10, { failAt: 0 }))).rejects.toThrow('the store is gone');
    await until(() => workers.running === 0);
  });

  it('of the store after the first bytes destroys the stream', async () => {
    const workers = start();
    const stream = await render(workers, sampleEntries(100_000, { failAt: 20_000 }));
    await expect(bytesOf(stream)).rejects.toThrow('the store is gone');
    await until(() => workers.running === 0);
  });

  it('of a worker affects only its own statement', async () => {
    const workers = start({ threads: 2, workerFile: faultyWorker });
    const [crashing, healthy] = await Promise.all([
      render(workers, sampleEntries(100_000), { holder: 'crashes later' }),
      render(workers, sampleEntries(100_000)),
    ]);
    const [crashed, whole] = await Promise.allSettled([bytesOf(crashing), bytesOf(healthy)]);
    expect(crashed).toMatchObject({ status: 'rejected', reason: { message: 'the statement worker failed' } });
    expect(whole.status).toBe('fulfilled');
    await expect(render(workers, sampleEntries(1), { holder: 'crashes at once' })).rejects.toThrow('worker failed');
    await bytesOf(await render(workers, sampleEntries(1)));
  });
});

describe('close', () => {
  it('fails running and waiting statements, and refuses new statements', async () => {
    const workers = start();
    const first = await render(workers, sampleEntries(1_000_000));
    const second = render(workers, sampleEntries(1));
    const refused = Promise.all([
      expect(bytesOf(first)).rejects.toMatchObject({ code: 'unavailable' }),
      expect(second).rejects.toMatchObject({ code: 'unavailable' }),
    ]);
    await workers.close();
    await refused;
    await expect(render(workers, sampleEntries(1))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
