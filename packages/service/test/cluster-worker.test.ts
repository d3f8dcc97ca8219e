import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { Agent, get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { freePort } from '@mainstay/platform/testing';

const program = fileURLToPath(new URL('cluster-primary.mjs', import.meta.url));
const sockets: Socket[] = [];
let primary: ChildProcess;
let port: number;
let managementPort: number;
let said: string[];
let output: string;

beforeEach(async () => {
  [port, managementPort] = [await freePort(), await freePort()];
  said = [];
  output = '';
  primary = fork(program, {
    env: {
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      GREETING: 'hello',
      READY_PATIENCE_MS: '600000',
    },
    execArgv: [],
    silent: true,
  });
  primary.on('message', (message: string) => said.push(message));
  primary.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  const gone = once(primary, 'exit');
  primary.disconnect();
  await gone;
});

async function heard(line: string): Promise<void> {
  while (!said.includes(line)) await once(primary, 'message');
}

/** Waits until a worker has logged the message. */
async function logged(message: string): Promise<void> {
  while (!output.includes(`"message":"${message}"`)) await once(primary.stdout!, 'data');
}

async function startReadyWorker(id: number, connectionsMax = ''): Promise<void> {
  primary.send(`start at-once ${connectionsMax}`.trim());
  await heard(`${id} ready`);
}

/** Opens a kept-alive connection. The primary gives each new connection to the next worker. */
async function idleConnection(): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  sockets.push(socket);
  socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
  await once(socket, 'data');
}

async function ask(at: number, path: string, agent: Agent | false = false): Promise<IncomingMessage> {
  const [reply] = (await once(get({ port: at, host: '127.0.0.1', path, agent }), 'response')) as [IncomingMessage];
  reply.resume();
  await once(reply, 'end');
  return reply;
}

async function readiness(times: number): Promise<unknown[]> {
  const statuses = [];
  for (let count = 0; count < times; count += 1) statuses.push((await ask(managementPort, '/readyz')).statusCode);
  return statuses;
}

describe('runService in workers that share their ports', () => {
  it('closes its management port as soon as it drains, and closes kept-alive connections of scrapers', async () => {
    await startReadyWorker(1);
    await startReadyWorker(2);
    await idleConnection();
    await idleConnection();
    const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })];
    for (const agent of agents) await ask(managementPort, '/readyz', agent);

    primary.send('SIGINT 1');
    await logged('shutting down');
    const replies = await Promise.all(agents.map((agent) => ask(managementPort, '/livez', agent)));
    expect(replies.map(({ headers }) => headers.connection).sort()).toEqual(['close', 'keep-alive']);
    expect(await readiness(6)).toEqual(Array(6).fill(200));
    expect(said).not.toContain('1 exited 0');

    for (const socket of sockets) socket.destroy();
    await heard('1 exited 0');
  });

  it('accepts no connection before its stores have responded', async () => {
    await startReadyWorker(1);
    primary.send('start when-told');
    await logged('store does not answer');
    expect(await readiness(6)).toEqual(Array(6).fill(200));
    for (let count = 0; count < 6; count += 1) expect((await ask(port, '/')).statusCode).toBe(200);
    primary.send('answer 2');
    await heard('2 ready');
  });

  it('closes a further connection at once if each worker has CONNECTIONS_MAX connections', async () => {
    await startReadyWorker(1, '1');
    await startReadyWorker(2, '1');
    await idleConnection();
    await idleConnection();
    const further = connect({ port, host: '127.0.0.1' });
    sockets.push(further);
    await once(further.resume(), 'close');
  });
});
