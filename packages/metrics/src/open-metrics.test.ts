import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openMetrics } from './index.js';

let directory: string;
let folder: string;
const closers: (() => unknown)[] = [];
const warnings: string[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metrics-'));
  folder = join(directory, 'test');
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  warnings.length = 0;
  await rm(directory, { recursive: true, force: true });
});

/** Opens a worker in this process. All workers of the test have the same pid. */
async function open({
  counted = 0,
  in: place = directory,
  ...options
}: Record<string, unknown> & { counted?: number; in?: string } = {}) {
  const log = {
    warn: (message: string, fields?: { error?: unknown }) => void warnings.push(`${message} ${String(fields?.error)}`),
  };
  const metrics = await openMetrics({ service: 'test', version: '1', directory: place, log, ...options });
  closers.push(() => metrics.close());
  const work = metrics.counter({ name: 'work_total', help: 'Work.' });
  work.inc(counted);
  const valueOf = async (series: string) => {
    const line = (await metrics.render()).body.split('\n').find((text) => text.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  };
  return { ...metrics, work, valueOf };
}

async function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection).listen(path);
  closers.push(() => server.close());
  await once(server, 'listening');
  return server;
}

const foldersOfWorkers = async () => (await readdir(folder)).filter((name) => /^\d+-/.test(name));

/** The content of the file that a worker leaves after it counted `value`. */
const report = (worker: string, value: number) =>
  JSON.stringify({
    format: 1,
    worker,
    sequence: 1,
    ended: false,
    families: [{ name: 'work_total', help: 'Work.', type: 'counter', series: [{ labels: {}, value }] }],
  });

async function leaveWorker(worker: string, file: string) {
  await mkdir(join(folder, worker), { recursive: true });
  await writeFile(join(folder, worker, 'totals.json'), file);
}

describe('a folder of workers', () => {
  it('can be read by its owner only', async () => {
    await open({ in: join(directory, 'deep', 'down') });
    expect((await stat(join(directory, 'deep', 'down', 'test'))).mode & 0o777).toBe(0o700);
  });

  it.each([
    [
      'a path that no socket can have',
      () => join(directory, 'x'.repeat(90)),
      /path of \d+ bytes.*shorter METRICS_DIR$/,
    ],
    ['a file at the path of the folder', () => join(directory, 'file'), /^cannot share metrics in \S+file\/test: E/],
  ])('is refused in one sentence: %s', async (_, place, sentence) => {
    await writeFile(join(directory, 'file'), '');
    await expect(open({ in: place() })).rejects.toThrow(sentence);
  });

  it('is refused if other users may write to it', async () => {
    await mkdir(folder);
    await chmod(folder, 0o777);
    await expect(open()).rejects.toThrow('other users may write');
  });

  it('distinguishes a worker from an earlier worker with the same pid', async () => {
    const earlier = await open({ counted: 5 });
    await earlier.close();
    const later = await open({ counted: 2 });
    expect(await later.valueOf('work_total')).toBe(7);
    expect(await foldersOfWorkers()).toHaveLength(1);
  });
});

describe('a crash while workers are retired', () => {
  it('counts a retired worker once while it still has its folder', async () => {
    const ended = await open({ counted: 5 });
    const [name] = await foldersOfWorkers();
    await ended.close();
    await cp(join(folder, name!), join(directory, 'kept'), { recursive: true });
    const next = await open({ counted: 1 });
    expect(JSON.parse(await readFile(join(folder, 'retired.json'), 'utf8')).workers).toEqual([name]);
    await cp(join(directory, 'kept'), join(folder, name!), { recursive: true });
    expect(await next.valueOf('work_total')).toBe(6);
    await next.close();
    const last = await open();
    expect(await last.valueOf('work_total')).toBe(6);
    expect(await foldersOfWorkers()).toHaveLength(1);
  });

  it('counts a worker once if its retired totals are written but not renamed', async () => {
    const ended = await open({ counted: 5 });
    const [name] = await foldersOfWorkers();
    await ended.close();
    await writeFile(join(folder, name!, 'retired.new'), '{"format":1,"workers":[');
    const next = await open({ counted: 1 });
    expect(await next.valueOf('work_total')).toBe(6);
    expect(await foldersOfWorkers()).toHaveLength(1);
  });

  it('lets a different worker write retired.json if the previous writer has ended', async () => {
    const holder = await open({ counted: 5 });
    await holder.close();
    for (const name of await foldersOfWorkers()) await rm(join(folder, name), { recursive: true });
    await leaveWorker('1-00000000', report('1-00000000', 3));
    listenAndDie(join(folder, '1-00000000', 'socket'));
    const next = await open();
    expect(await foldersOfWorkers()).toHaveLength(1);
    expect(await next.valueOf('work_total')).toBe(3);
  });
});

/** Leaves a socket without a listener, as a killed process does. */
function listenAndDie(path: string): void {
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', program], { env: {} });
}

describe('a worker that misbehaves', () => {
  it('is counted from its file if its reply is missing, invalid or incomplete', async () => {
    const one = await open({ counted: 1 });
    const answers = [
      '',
      'nonsense',
      'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"format":1,"worker":',
      'HTTP/1.1 200 OK\r\n\r\n{}',
    ];
    for (const [index, answer] of answers.entries()) {
      const worker = `1-0000000${index}`;
      await leaveWorker(worker, report(worker, 10));
      await listen(join(folder, worker, 'socket'), (socket) => socket.on('error', () => undefined).end(answer));
    }
    expect(await one.valueOf('work_total')).toBe(41);
    expect(await one.valueOf('metrics_workers_unanswered_total')).toBe(8);
    expect(await one.valueOf('metrics_workers_answered')).toBe(1);
  });

  it('that never responds delays the page only until the time limit', async () => {
    const one = await open({ counted: 1, answerTimeoutMs: 50 });
    await leaveWorker('1-00000000', report('1-00000000', 10));
    await listen(join(folder, '1-00000000', 'socket'), (socket) => socket.on('error', () => undefined));
    expect(await one.valueOf('work_total')).toBe(11);
  });

  it('whose socket was deleted is counted from its file, and has not ended', async () => {
    const one = await open({ counted: 1 });
    const other = await open({ counted: 2 });
    await other.render();
    for (const name of await foldersOfWorkers()) await rm(join(folder, name, 'socket'));
    await open();
    expect(await one.valueOf('work_total')).toBe(3);
    expect(await foldersOfWorkers()).toHaveLength(3);
  });
});

it('does not remove a folder that no worker wrote, even with the name of a worker', async () => {
  const backup = join(folder, '20261129-deadbeef');
  await mkdir(backup, { recursive: true });
  await chmod(folder, 0o700);
  await writeFile(join(backup, 'photos.tar'), 'of a person');
  await utimes(backup, 0, 0);
  const one = await open({ counted: 1 });
  expect(await one.valueOf('work_total')).toBe(1);
  expect(await readdir(backup)).toEqual(['photos.tar']);
});

describe('a file that no worker wrote', () => {
  it.each([
    '',
    '{"format":1,"fam',
    '[]',
    'null',
    '{"format":2,"worker":"1-00000000","sequence":1,"families":[]}',
    '{"format":1,"worker":"1-00000000","sequence":1,"families":[null]}',
  ])('is ignored and reported: %j', async (text) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await leaveWorker('1-00000000', text);
    await writeFile(join(folder, 'retired.json'), text);
    await writeFile(join(folder, 'a stranger'), text);
    const one = await open({ counted: 4 });
    expect(await one.valueOf('work_total')).toBe(4);
    expect(await one.valueOf('metrics_folder_failures_total{operation="read"}')).toBeGreaterThanOrEqual(2);
    expect(warnings.join()).toContain('totals.json was not written by a worker');
    expect(warnings.join()).toContain('retired.json was not written by a worker');
  });

  it('is removed together with its folder', async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await leaveWorker('1-00000000', 'garbage');
    listenAndDie(join(folder, '1-00000000', 'socket'));
    await open();
    expect(await foldersOfWorkers()).toHaveLength(1);
  });
});
