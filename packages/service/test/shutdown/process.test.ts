import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GET, openConnection, replies } from './connection.js';
import { compilePrograms, startProgram, type Program } from './start-program.js';

let programs: Awaited<ReturnType<typeof compilePrograms>>;
const running: Program[] = [];

beforeAll(async () => {
  programs = await compilePrograms();
});
afterAll(() => programs.remove());
afterEach(async () => {
  for (const { child, exited } of running.splice(0)) {
    child.kill('SIGKILL');
    await exited;
  }
});

async function start(name: string): Promise<Program> {
  const program = await startProgram(programs.folder, name);
  running.push(program);
  return program;
}

/**
 * Sends requests over one connection, until the server closes it or `enough` returns true. Returns the number of
 * replies.
 */
async function keepAsking(port: number, enough = () => false): Promise<number> {
  const { send, receive, forget, closed, socket } = await openConnection(port);
  let answered = 0;
  while (!enough()) {
    forget();
    send(GET);
    const received = await receive((text) => replies(text) === 1);
    answered += 1;
    if (!/connection: close/i.test(received)) continue;
    await closed;
    break;
  }
  socket.end();
  return answered;
}

describe.each([
  ['SIGTERM', (program: Program) => void program.child.kill('SIGTERM')],
  ['SIGINT', (program: Program) => void program.child.kill('SIGINT')],
  ["PM2's shutdown message", (program: Program) => program.tell('shutdown')],
])('%s', (_name, ask) => {
  it('finishes the running request, closes the resources in reverse order, and exits with 0', async () => {
    const program = await start('server');
    const client = await openConnection(program.port);
    client.send(GET.replace('/ ', '/held '));
    await program.said('holding');
    ask(program);
    await program.said('draining');
    program.tell('release');
    expect(replies((await client.closed).received)).toBe(1);
    client.socket.end();
    expect(await program.exited).toBe(0);
    expect(program.lines.slice(-2)).toEqual(['closed pool', 'closed log']);
  });

  it('exits with 1 at once when it arrives a second time', async () => {
    const program = await start('server');
    const client = await openConnection(program.port);
    client.send(GET.replace('/ ', '/held '));
    await program.said('holding');
    ask(program);
    await program.said('draining');
    ask(program);
    expect(await program.exited).toBe(1);
    expect(program.lines).not.toContain('closed pool');
  });
});

describe('a drain under load', () => {
  it('responds to every request of 50 clients that never pause', async () => {
    const program = await start('server');
    const clients = Array.from({ length: 50 }, () => keepAsking(program.port));
    const warm = await openConnection(program.port);
    warm.send(GET);
    await warm.receive((text) => replies(text) === 1);
    warm.socket.end();
    program.child.kill('SIGTERM');
    const answered = await Promise.all(clients);
    expect(answered).toHaveLength(50);
    expect(await program.exited).toBe(0);
  });
});

describe('a reload of cluster workers', () => {
  it('loses no request, on new or old connections', async () => {
    const program = await start('cluster');
    let reloaded = false;
    const keptAlive = Array.from({ length: 10 }, async () => {
      let answered = 0;
      while (!reloaded) answered += await keepAsking(program.port, () => reloaded);
      return answered;
    });
    const fresh = Array.from({ length: 5 }, async () => {
      let answered = 0;
      for (; !reloaded; answered += 1) await askOnce(program.port);
      return answered;
    });
    program.tell('reload');
    void program.said('reloaded').then(() => (reloaded = true));
    const answered = await Promise.all([...keptAlive, ...fresh]);
    expect(Math.min(...answered)).toBeGreaterThan(0);
    expect(program.lines.filter((line) => line.startsWith('exited'))).toEqual(['exited 0', 'exited 0']);
    program.child.disconnect();
    expect(await program.exited).toBe(0);
  });
});

async function askOnce(port: number): Promise<void> {
  const { send, closed } = await openConnection(port);
  send(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  const { received } = await closed;
  if (replies(received) !== 1) throw new Error(`A new connection got no reply, but: ${received}`);
}
