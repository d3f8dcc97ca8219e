/**
 * Tests that the clients notice lost requests. A server that exits immediately loses requests. A server that first
 * finishes its requests loses no requests.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { openHttpClient } from '../clients/http-client.ts';
import { createExchange } from './exchange.ts';
import { Outcomes, isWithoutAnswer } from './outcomes.ts';
import type { Socket, AddressInfo } from 'node:net';

// A busy machine starts workers slowly, so the tests have a long time limit and do not depend on durations.
jest.setTimeout(180_000);

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Starts two workers. If `recipe` is `exit`, a replaced worker exits immediately. Otherwise the worker drains. */
async function startWorkers(recipe: string) {
  const child = fork(join(import.meta.dirname, 'test/workers.ts'), [recipe], {
    execArgv: [],
    env: { PATH: process.env.PATH },
  });
  closers.push(() => child.kill('SIGKILL'));
  const [port] = await once(child, 'message');
  return {
    url: `http://127.0.0.1:${port}`,
    async reload() {
      child.send('reload');
      await once(child, 'message');
    },
  };
}

/**
 * Ten clients send requests while workers are replaced.
 * @param timeoutMs how long a client waits for a reply
 */
async function outcomesWith(recipe: string, timeoutMs?: number) {
  const workers = await startWorkers(recipe);
  const outcomes = new Outcomes();
  let isOver = false;
  const clients = Array.from({ length: 10 }, async (_, number) => {
    const { send, close } = openHttpClient({ url: workers.url, connections: 1 });
    const exchange = createExchange({ send, door: recipe, outcomes });
    const kind = number % 2 === 0 ? 'read' : 'unkeyed';
    const method = kind === 'read' ? 'GET' : 'POST';
    const asked = { kind, method, path: '/', ...(timeoutMs && { timeoutMs }) } as const;
    while (!isOver) await exchange({ ...asked, isRight: ({ status }) => status === 200 });
    close();
  });
  for (let turn = 0; turn < 3; turn += 1) await workers.reload();
  isOver = true;
  await Promise.all(clients);
  return outcomes;
}

describe('the load during the replacement of workers', () => {
  it('notices lost requests if a worker exits at once', async () => {
    // If a worker exits before it accepts a request that was handed to it, the request never gets a reply.
    const outcomes = await outcomesWith('exit', 2_000);
    const lost = outcomes.all.filter(isWithoutAnswer);
    expect(lost.length).toBeGreaterThan(0);
    expect(outcomes.unforgivable).toEqual(lost);
    expect(lost.some(({ kind }) => kind === 'unkeyed')).toBe(true);
    expect(outcomes.all.some(({ ending, kind }) => ending === 'retried' && kind === 'read')).toBe(true);
  });

  it('notices no lost request if a worker drains', async () => {
    const outcomes = await outcomesWith('drain');
    expect(outcomes.all.length).toBeGreaterThan(10); // at least one of the ten clients has sent a second request
    expect(outcomes.all.filter(({ ending }) => ending !== 'answered')).toEqual([]);
  });
});

/** @param timeoutMs time limit of a client's request */
async function startServer(onRequest: (socket: Socket, number: number) => void, timeoutMs = 20_000) {
  let requests = 0;
  const server = createServer((socket) => socket.on('data', () => onRequest(socket, (requests += 1)))).listen(
    0,
    '127.0.0.1',
  );
  closers.push(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { send, close } = openHttpClient({ url: `http://127.0.0.1:${port}`, connections: 1 });
  closers.push(close);
  const outcomes = new Outcomes();
  const exchange = createExchange({ send, door: 'test', outcomes });
  const ask = (kind: 'read' | 'keyed' | 'unkeyed') =>
    exchange({
      kind,
      method: kind === 'read' ? 'GET' : 'POST',
      path: '/',
      timeoutMs,
      isRight: ({ status }) => status === 200,
    });
  return { ask, outcomes, requests: () => requests, endings: () => outcomes.all.map(({ ending }) => ending) };
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n';

describe('a request', () => {
  it('without a key is sent once, and is lost if the server then closes the connection', async () => {
    const { ask, endings, requests } = await startServer((socket, number) =>
      number === 1 ? socket.write(OK) : socket.destroy(),
    );
    await ask('unkeyed');
    await ask('unkeyed');
    expect([endings(), requests()]).toEqual([['answered', 'lost'], 2]);
  });

  it.each(['read', 'keyed'] as const)('%s is sent once more, and counted as retried', async (kind) => {
    const { ask, endings, requests } = await startServer((socket, number) =>
      number === 1 ? socket.destroy() : socket.write(OK),
    );
    await ask(kind);
    expect([endings(), requests()]).toEqual([['retried'], 2]);
  });

  it('is lost if it is refused twice, or once without a key', async () => {
    const { ask, endings, requests } = await startServer((socket) => socket.write(UNAVAILABLE));
    await ask('read');
    await ask('unkeyed');
    expect([endings(), requests()]).toEqual([['lost', 'lost'], 3]);
  });

  it('counts as answered only after the last byte of the reply', async () => {
    const { ask, outcomes } = await startServer((socket) => socket.end(OK.slice(0, -1)));
    await ask('unkeyed');
    expect(outcomes.all).toMatchObject([{ ending: 'lost', reason: expect.stringContaining('bytes of a reply') }]);
  });

  it('hangs if nothing arrives', async () => {
    const { ask, endings } = await startServer(() => undefined, 50);
    await ask('read');
    expect(endings()).toEqual(['hung']);
  });

  it('is allowed to be lost if it has no key and the process that served it was killed', async () => {
    const outcome = { door: 'test', ending: 'lost' as const, beganAt: 100, endedAt: 200 };
    const outcomes = new Outcomes();
    outcomes.add({ ...outcome, kind: 'unkeyed' });
    outcomes.add({ ...outcome, kind: 'keyed' });
    outcomes.add({ ...outcome, kind: 'unkeyed', beganAt: 1_000, endedAt: 1_100 });
    expect(outcomes.unforgivable).toHaveLength(3);
    outcomes.disturbances.push({
      name: 'kill',
      detail: '',
      beganAt: 0,
      endedAt: 2_000,
      death: { from: 150, until: 150 },
    });
    expect(outcomes.unforgivable).toEqual(outcomes.all.slice(1));
  });
});
